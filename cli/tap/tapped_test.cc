#include "cli/tap/tapped.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "libs/status/status.h"

namespace eventreactor::cli {
namespace {

cloudevents::CloudEvent Tapped(const std::string& type, const std::string& source) {
  cloudevents::CloudEvent event;
  event.id = "1";
  event.type = type;
  event.source = source;
  return event;
}

TEST(TapFilterTest, TakesTypesAndBeginningsOfTypes) {
  const auto filter = TapFilter::Make({"a.b", "c.*"}, "");
  ASSERT_TRUE(filter.ok());
  EXPECT_TRUE(filter->Wants(Tapped("a.b", "/s")));
  EXPECT_FALSE(filter->Wants(Tapped("a.b.c", "/s")));
  EXPECT_TRUE(filter->Wants(Tapped("c.d.e", "/s")));
  EXPECT_FALSE(filter->Wants(Tapped("cd", "/s")));
  EXPECT_TRUE(TapFilter::Make({}, "")->Wants(Tapped("any", "/s")));
}

TEST(TapFilterTest, RefusesAStarThatWouldMatchNothing) {
  for (const char* type : {"com.exa*", "*", "*.push", "com.*.push", "com.**"}) {
    EXPECT_EQ(Reason(TapFilter::Make({type}, "").status()), "USAGE") << type;
  }
}

TEST(TapFilterTest, TakesSourcesByPattern) {
  const auto filter = TapFilter::Make({}, "^/repo/");
  ASSERT_TRUE(filter.ok());
  EXPECT_TRUE(filter->Wants(Tapped("t", "/repo/a")));
  EXPECT_FALSE(filter->Wants(Tapped("t", "/other/repo/a")));
  EXPECT_EQ(Reason(TapFilter::Make({}, "(").status()), "USAGE");
}

TEST(TapFilterTest, SubscribesToAsLittleAsSubjectsTellApart) {
  EXPECT_EQ(TapFilter::Make({"a.b"}, "")->Subject("event", "ns"), "er.feed.event.ns.a.b");
  EXPECT_EQ(TapFilter::Make({"a.*"}, "")->Subject("event", "ns"), "er.feed.event.ns.>");
  EXPECT_EQ(TapFilter::Make({"a.b"}, "")->Subject("event", ""), "er.feed.event.*.>");
  EXPECT_EQ(TapFilter::Make({"a.b"}, "")->Subject("action", "ns"), "er.feed.action.ns.>");
}

TEST(TappedJsonTest, DataIsJsonTextOrBase64) {
  auto event = Tapped("t", "/s");
  EXPECT_FALSE(TappedJson(event).contains("data"));
  event.data = R"({"a": 1})";
  event.datacontenttype = "application/json";
  EXPECT_EQ(TappedJson(event)["data"]["a"], 1);
  event.datacontenttype = "text/plain";
  EXPECT_EQ(TappedJson(event)["data"], R"({"a": 1})");
  event.data = "\xFF\xFE";
  EXPECT_EQ(TappedJson(event)["data_base64"], "//4=");
  EXPECT_FALSE(TappedJson(event).contains("data"));
}

TEST(TappedJsonTest, ExtensionsStandBesideTheAttributes) {
  auto event = Tapped("t", "/s");
  event.extensions = {{"team", "a"}};
  event.subject = "x";
  EXPECT_EQ(TappedJson(event), nlohmann::json::parse(R"({"specversion": "1.0", "id": "1",
      "source": "/s", "type": "t", "subject": "x", "team": "a"})"));
}

TEST(TappedCellsTest, DataIsCut) {
  auto event = Tapped("t", "/s");
  event.data = std::string(100, 'x');
  EXPECT_EQ(TappedCells(event)[3].text.size(), 60);
  event.data = "\xFF";
  EXPECT_EQ(TappedCells(event)[3].text, "1 bytes");
}

}  // namespace
}  // namespace eventreactor::cli
