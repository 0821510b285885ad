#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "cli/commands/events.h"
#include "libs/domain/convert.h"

namespace eventreactor::cli {
namespace {

v1::Event OriginalEvent() {
  cloudevents::CloudEvent event;
  event.id = "1";
  event.type = "t";
  event.source = "/s";
  event.subject = "sub";
  event.time = "2026-01-02T03:04:05Z";
  event.dataschema = "urn:schema";
  event.datacontenttype = "image/png";
  event.extensions = {{"a", "1"}, {"b", "2"}};
  event.data = std::string("\xFF\x00x", 3);
  return EventFromCloudEvent("default", event);
}

TEST(CopyTest, ACopyIsTheSameButForIdAndTime) {
  EventInput input;
  input.id = "new";
  const auto copy = MakeCloudEvent(WithOriginal(input, OriginalEvent()));
  ASSERT_TRUE(copy.ok()) << copy.status();
  cloudevents::CloudEvent expected = CloudEventFromEvent(OriginalEvent());
  expected.id = "new";
  expected.time = "";
  EXPECT_EQ(*copy, expected);
}

TEST(CopyTest, WhatFlagsSayWins) {
  EventInput input;
  input.id = "new";
  input.source = "/other";
  input.data = "{}";
  input.extensions = {"b=3"};
  const auto copy = MakeCloudEvent(WithOriginal(input, OriginalEvent()));
  ASSERT_TRUE(copy.ok()) << copy.status();
  EXPECT_EQ(copy->source, "/other");
  EXPECT_EQ(copy->data, "{}");
  EXPECT_EQ(copy->datacontenttype, "application/json");
  EXPECT_EQ(copy->extensions.at("a"), "1");
  EXPECT_EQ(copy->extensions.at("b"), "3");
}

}  // namespace
}  // namespace eventreactor::cli
