#include "libs/cloudevents/nats.h"

#include <gtest/gtest.h>

#include "libs/status/status.h"

namespace eventreactor::cloudevents {
namespace {

TEST(NatsBinding, HeadersAreThoseOfTheBinding) {
  CloudEvent event;
  event.id = "a b";
  event.source = "/s";
  event.type = "t";
  event.datacontenttype = "text/plain; charset=utf-8";
  event.subject = "100%";
  event.extensions = {{"empty", ""}, {"ext", "\xC3\xA9"}};
  const Headers want = {{"ce-specversion", "1.0"},
                        {"ce-id", "a%20b"},
                        {"ce-source", "/s"},
                        {"ce-type", "t"},
                        {"ce-subject", "100%25"},
                        // NATS drops a header without a value.
                        {"ce-empty", "\"\""},
                        {"ce-ext", "%C3%A9"},
                        {"content-type", "text/plain; charset=utf-8"}};
  EXPECT_EQ(ToNatsHeaders(event), want);
}

TEST(NatsBinding, EveryAttributeSurvivesTheRoundTrip) {
  CloudEvent event;
  event.id = "\"id\" 50%";
  event.source = "/s?a=b%20c";
  event.type = "t\xE2\x82\xAC";
  event.datacontenttype = "image/png";
  event.dataschema = "urn:s";
  event.subject = "\" quoted \"";
  event.time = "2020-01-01T00:00:00+01:00";
  event.extensions = {{"a", ""}, {"b", "%41"}};
  event.data = std::string("\0\x01", 2);
  Headers headers = ToNatsHeaders(event);
  headers.emplace_back("er-namespace", "default");
  const auto back = FromNats(headers, *event.data);
  ASSERT_TRUE(back.ok()) << back.status();
  EXPECT_EQ(*back, event);
}

TEST(NatsBinding, AnEmptyPayloadIsNoData) {
  CloudEvent event;
  event.id = "1";
  event.source = "/s";
  event.type = "t";
  EXPECT_EQ(*FromNats(ToNatsHeaders(event), ""), event);
}

TEST(NatsBinding, AMessageThatIsNoEventIsRefused) {
  EXPECT_EQ(Field(FromNats({{"er-namespace", "default"}}, "x").status()), "specversion");
  EXPECT_EQ(Field(FromNats({{"ce-specversion", "1.0"}, {"ce-id", "1"}}, "x").status()), "source");
}

}  // namespace
}  // namespace eventreactor::cloudevents
