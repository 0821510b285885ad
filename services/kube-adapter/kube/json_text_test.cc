#include "services/kube-adapter/kube/json_text.h"

#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "libs/status/status.h"

namespace eventreactor::kube {
namespace {

using nlohmann::json;

TEST(JsonText, ReadsAndWrites) {
  EXPECT_EQ((*ParseJson(R"({"a":[1,"]"]})"))["a"][1], "]");
  EXPECT_EQ(*DumpJson(json{{"a", 1}}), R"({"a":1})");
}

TEST(JsonText, RefusesWhatIsNoJson) {
  for (const char* text : {"", "{", "{\"a\":}", "nul", "\"\xff\"", "\"\\"}) {
    EXPECT_EQ(Reason(ParseJson(text).status()), "BAD_JSON") << text;
  }
  EXPECT_EQ(Reason(DumpJson(json("\xff")).status()), "BAD_JSON");
}

TEST(JsonText, BoundsLevels) {
  const auto nested = [](size_t levels) {
    return std::string(levels, '[') + std::string(levels, ']');
  };
  EXPECT_TRUE(ParseJson(nested(200)).ok());
  EXPECT_EQ(Reason(ParseJson(nested(201)).status()), "BAD_JSON");
  EXPECT_TRUE(ParseJson("\"" + std::string(1000, '[') + "\\\"[\"").ok()) << "a string has none";
}

TEST(JsonText, LeavesOutWhatIsTooDeep) {
  const std::string deep(100'000, '[');
  const auto pruned =
      ParsePruned(R"({"a":1,"deep":)" + deep + std::string(100'000, ']') + R"(,"z":[{"b":2}]})");
  ASSERT_TRUE(pruned.ok()) << pruned.status();
  EXPECT_EQ((*pruned)["a"], 1);
  EXPECT_EQ((*pruned)["z"][0]["b"], 2);
  EXPECT_TRUE(ParseJson(*DumpJson(*pruned)).ok());
  EXPECT_EQ(Reason(ParsePruned(deep).status()), "BAD_JSON");
}

TEST(JsonText, GivesMembersWhateverIsThere) {
  const json object = json::parse(R"({"s":"x","n":7,"f":1.5,"o":{"a":1},"l":[1]})");
  EXPECT_EQ(StringAt(object, "s"), "x");
  EXPECT_EQ(StringAt(object, "n"), "");
  EXPECT_EQ(StringAt(object, "none"), "");
  EXPECT_EQ(StringAt(json::array(), "s"), "");
  EXPECT_EQ(IntAt(object, "n"), 7);
  EXPECT_EQ(IntAt(object, "f"), 0);
  EXPECT_EQ(ObjectAt(object, "o")["a"], 1);
  EXPECT_TRUE(ObjectAt(object, "l").empty());
  EXPECT_EQ(ArrayAt(object, "l").size(), 1U);
  EXPECT_TRUE(ArrayAt(json(nullptr), "l").is_array());
}

}  // namespace
}  // namespace eventreactor::kube
