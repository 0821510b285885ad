#include "services/kube-adapter/pod/pod_event_files.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <map>
#include <set>

#include "absl/strings/escaping.h"

namespace eventreactor::kube {
namespace {

using nlohmann::json;
using ::testing::ElementsAre;
using ::testing::Pair;

// What a Pod that mounts the volume finds: path -> bytes.
std::map<std::string, std::string> Mounted(const EventObjects& objects) {
  std::map<std::string, const json*> by_name;
  for (const json& map : objects.config_maps) by_name[map["metadata"]["name"]] = &map;
  std::map<std::string, std::string> files;
  for (const json& source : objects.volume_source["projected"]["sources"]) {
    const json& map = *by_name.at(source["configMap"]["name"]);
    for (const json& item : source["configMap"]["items"]) {
      std::string bytes;
      EXPECT_TRUE(absl::Base64Unescape(
          map["binaryData"].at(item["key"].get<std::string>()).get<std::string>(), &bytes));
      EXPECT_TRUE(files.emplace(item["path"], bytes).second) << item;
    }
  }
  return files;
}

TEST(EventFilesOfAPod, SmallOnesShareOneConfigMap) {
  const std::string bytes("\0\xFF\n", 3);
  const EventObjects objects =
      PlaceEventFiles("p", {{"id", "1"}, {"time", ""}, {"data", bytes}, {"extensions/a", "b"}});
  ASSERT_EQ(objects.config_maps.size(), 1U);
  EXPECT_EQ(objects.config_maps[0]["metadata"]["name"], "p-event-0");
  EXPECT_EQ(objects.config_maps[0]["immutable"], true) << "the kubelet need not watch it";
  EXPECT_THAT(Mounted(objects), ElementsAre(Pair("data", bytes), Pair("extensions/a", "b"),
                                            Pair("id", "1"), Pair("time", "")));
}

TEST(EventFilesOfAPod, WhatDoesNotFitIsCutAndNothingIsLost) {
  const std::string data = "0123456789abcdef";
  const EventObjects objects =
      PlaceEventFiles("p", {{"id", "xyz"}, {"data", data}, {"e", "12"}}, 7);
  std::string joined;
  auto files = Mounted(objects);
  EXPECT_EQ(files["id"], "xyz");
  for (int part = 0; files.count("data." + std::to_string(part)) > 0; ++part) {
    joined += files["data." + std::to_string(part)];
  }
  EXPECT_EQ(joined, data);
  EXPECT_EQ(files.count("data"), 0U);
  EXPECT_EQ(files["e"], "12");
  for (const json& map : objects.config_maps) {
    size_t bytes = 0;
    for (const auto& [key, value] : map["binaryData"].items()) {
      std::string decoded;
      ASSERT_TRUE(absl::Base64Unescape(value.get<std::string>(), &decoded)) << key;
      bytes += decoded.size();
    }
    EXPECT_LE(bytes, 7U);
  }
}

TEST(EventFilesOfAPod, AMebibyteAndItsAttributesFitIntoTwo) {
  const EventObjects objects =
      PlaceEventFiles("p", {{"id", "1"}, {"data", std::string(1 << 20, 'x')}});
  EXPECT_EQ(objects.config_maps.size(), 2U);
}

TEST(EventFilesOfAPod, AFileThatFillsAConfigMapIsNotCut) {
  EXPECT_THAT(Mounted(PlaceEventFiles("p", {{"data", "1234567"}}, 7)),
              ElementsAre(Pair("data", "1234567")));
}

TEST(EventFilesOfAPod, KeysAreOnesThatAConfigMapTakes) {
  const std::string longest(255, 'x');
  const EventObjects objects =
      PlaceEventFiles("p", {{"extensions/" + longest, "a"}, {"extensions/y", "b"}});
  std::set<std::string> keys;
  for (const auto& [key, value] : objects.config_maps[0]["binaryData"].items()) {
    EXPECT_LE(key.size(), 253U);
    EXPECT_EQ(key.find('/'), std::string::npos);
    keys.insert(key);
  }
  EXPECT_EQ(keys.size(), 2U);
  EXPECT_EQ(Mounted(objects).at("extensions/" + longest), "a");
}

}  // namespace
}  // namespace eventreactor::kube
