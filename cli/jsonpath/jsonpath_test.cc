#include "cli/jsonpath/jsonpath.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "libs/status/status.h"

namespace eventreactor::cli {
namespace {

using testing::HasSubstr;

const nlohmann::json& Cluster() {
  static const auto* const json = new nlohmann::json(nlohmann::json::parse(R"({
    "kind": "List",
    "items": [
      {"metadata": {"name": "a", "labels": {"app.io/name": "x"}}, "spec": {"type": "t", "n": 1}},
      {"metadata": {"name": "b"}, "spec": {"type": "u", "n": 20, "on": true}},
      {"metadata": {"name": "c"}, "spec": {"type": "t", "n": 3}, "status": null}
    ]})"));
  return *json;
}

std::string Print(const std::string& text) {
  const auto path = JsonPath::Parse(text);
  if (!path.ok()) return Message(path.status());
  const auto printed = path->Print(Cluster());
  return printed.ok() ? *printed : Message(printed.status());
}

TEST(JsonPathTest, FollowsFieldsIndexesAndStars) {
  EXPECT_EQ(Print("{.kind}"), "List");
  EXPECT_EQ(Print("{$.kind}"), "List");
  EXPECT_EQ(Print("{['kind']}"), "List");
  EXPECT_EQ(Print("{.items[0].metadata.name}"), "a");
  EXPECT_EQ(Print("{.items[-1].metadata.name}"), "c");
  EXPECT_EQ(Print("{.items[*].metadata.name}"), "a b c");
  EXPECT_EQ(Print("{.items[1:].metadata.name}"), "b c");
  EXPECT_EQ(Print("{.items[:-1].metadata.name}"), "a b");
  EXPECT_EQ(Print("{.items[1].spec.*}"), "20 true u");
}

TEST(JsonPathTest, TakesKeysWithDots) {
  EXPECT_EQ(Print("{.items[0].metadata.labels['app.io/name']}"), "x");
  EXPECT_EQ(Print("{.items[0].metadata.labels.app\\.io/name}"), "x");
}

TEST(JsonPathTest, KeepsTheTextAroundAndPrintsWhatIsNoTextAsJson) {
  EXPECT_EQ(Print("kind={.kind}!"), "kind=List!");
  EXPECT_EQ(Print("{.items[0].spec}"), R"({"n":1,"type":"t"})");
  EXPECT_EQ(Print("{\"a\\tb\\n\"}"), "a\tb\n");
}

TEST(JsonPathTest, WhatIsNotTherePrintsNothing) {
  EXPECT_EQ(Print("<{.items[9].metadata.name}{.nothing.at.all}{.kind.below}>"), "<>");
}

TEST(JsonPathTest, RangesGoThroughEach) {
  EXPECT_EQ(Print("{range .items[*]}{.metadata.name}={.spec.type}{\"\\n\"}{end}"),
            "a=t\nb=u\nc=t\n");
  EXPECT_EQ(Print("{range .items[0:2]}{range .spec.*}<{.}>{end};{end}"), "<1><t>;<20><true><u>;");
}

TEST(JsonPathTest, FiltersCompare) {
  EXPECT_EQ(Print(R"({.items[?(@.spec.type=="t")].metadata.name})"), "a c");
  EXPECT_EQ(Print("{.items[?(@.spec.type != 't')].metadata.name}"), "b");
  EXPECT_EQ(Print("{.items[?(@.spec.n>=3)].metadata.name}"), "b c");
  EXPECT_EQ(Print("{.items[?(@.spec.n < 3)].metadata.name}"), "a");
  EXPECT_EQ(Print("{.items[?(@.spec.on)].metadata.name}"), "b");
  EXPECT_EQ(Print("{.items[?(@.spec.on==true)].metadata.name}"), "b");
  EXPECT_EQ(Print("{.items[?(@.spec.n>\"3\")].metadata.name}"), "");
}

TEST(JsonPathTest, AFaultNamesItsPosition) {
  EXPECT_THAT(Print("{.items[}"), HasSubstr("at position 9"));
  EXPECT_THAT(Print("{.kind"), HasSubstr("expected }"));
  EXPECT_THAT(Print("{kind}"), HasSubstr("expected a path"));
  EXPECT_THAT(Print("{..name}"), HasSubstr("not supported"));
  EXPECT_THAT(Print("{range .items[*]}x"), HasSubstr("without its {end}"));
  EXPECT_THAT(Print("{end}"), HasSubstr("without a {range}"));
  EXPECT_THAT(Print("{\"x}"), HasSubstr("not closed"));
  EXPECT_THAT(Print("{.items[99999999999999999999]}"), HasSubstr("no number that fits"));
  EXPECT_THAT(Print("{.items[?(@.a=b)]}"), HasSubstr("expected =="));
  EXPECT_THAT(Print("{.items[?(@.a==[1])]}"), HasSubstr("expected @"));
}

TEST(JsonPathTest, HostileTemplatesAreBounded) {
  EXPECT_THAT(Print(std::string(5000, 'x')), HasSubstr("4096 bytes"));
  std::string ranges;
  for (int i = 0; i < 9; ++i) ranges += "{range .items[*]}";
  EXPECT_THAT(Print(ranges), HasSubstr("8 ranges"));
  std::string filters = "{.items";
  for (int i = 0; i < 6; ++i) filters += "[?(@.items";
  EXPECT_THAT(Print(filters), HasSubstr("4 filters"));
}

TEST(JsonPathTest, WorkThatMultipliesIsCutOff) {
  std::string text;
  for (int i = 0; i < 8; ++i) text += "{range $.items[*]}";
  text += "x";
  for (int i = 0; i < 8; ++i) text += "{end}";
  const auto path = JsonPath::Parse(text);
  ASSERT_TRUE(path.ok()) << path.status();
  nlohmann::json many = {{"items", nlohmann::json::array()}};
  for (int i = 0; i < 100; ++i) many["items"].push_back(i);
  EXPECT_EQ(Reason(path->Print(many).status()), "JSONPATH_TOO_MUCH");
}

TEST(JsonPathTest, OnePathIsToldFromATemplate) {
  EXPECT_EQ(JsonPath::ParseOne(".kind")->First(Cluster()), "List");
  EXPECT_EQ(JsonPath::ParseOne("{.items[2].spec.n}")->First(Cluster()), 3);
  EXPECT_TRUE(JsonPath::ParseOne("{.no}")->First(Cluster()).is_null());
  EXPECT_FALSE(JsonPath::ParseOne("{.a}{.b}").ok());
  EXPECT_FALSE(JsonPath::ParseOne("name").ok());
}

}  // namespace
}  // namespace eventreactor::cli
