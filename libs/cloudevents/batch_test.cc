#include "libs/cloudevents/batch.h"

#include <gtest/gtest.h>

#include "libs/cloudevents/http.h"
#include "libs/cloudevents/proto.h"
#include "libs/status/status.h"

namespace eventreactor::cloudevents {
namespace {

constexpr size_t kMaxEvents = 3;

std::string BatchElement(const std::string& id, const std::string& more = "") {
  return R"({"specversion":"1.0","source":"/s","type":"t","id":")" + id + "\"" + more + "}";
}

TEST(BatchJson, HasItsEventsInOrderAndTheirDataAsItStands) {
  const auto batch = BatchFromJson(" [ " + BatchElement("a", R"(,"data":[1, {"x": "],["}])") +
                                       " ,\n" + BatchElement("b") + "]\n",
                                   kMaxEvents);
  ASSERT_TRUE(batch.ok()) << batch.status();
  ASSERT_EQ(batch->size(), 2U);
  EXPECT_EQ((*batch)[0]->id, "a");
  EXPECT_EQ((*batch)[0]->data, R"([1, {"x": "],["}])");
  EXPECT_EQ((*batch)[1]->id, "b");
}

TEST(BatchJson, MayBeEmpty) {
  EXPECT_TRUE(BatchFromJson("[]", kMaxEvents)->empty());
  EXPECT_TRUE(BatchFromJson(" [ ] ", kMaxEvents)->empty());
}

TEST(BatchJson, ABadEventSpoilsNoOther) {
  const auto batch =
      BatchFromJson("[" + BatchElement("a") + R"(, 7, {"specversion":"1.0","id":1}])", kMaxEvents);
  ASSERT_TRUE(batch.ok()) << batch.status();
  EXPECT_TRUE((*batch)[0].ok());
  EXPECT_EQ(Field((*batch)[1].status()), "body");
  EXPECT_EQ(Message((*batch)[2].status()), "id: must be a JSON string, in double quotes, not 1");
}

TEST(BatchJson, WhatIsNoArrayIsRefusedWhole) {
  for (const std::string& bad :
       {std::string(), std::string("{}"), std::string("7"), std::string("["), std::string("[1,]"),
        "[" + BatchElement("a") + "]x", std::string("[\"\xFF\"]")}) {
    const auto batch = BatchFromJson(bad, kMaxEvents);
    EXPECT_EQ(Field(batch.status()), "body") << bad;
    EXPECT_EQ(batch.status().code(), absl::StatusCode::kInvalidArgument) << bad;
  }
}

TEST(BatchJson, IsBoundInNumberAndDepth) {
  EXPECT_TRUE(BatchFromJson("[1,2,3]", kMaxEvents).ok());
  EXPECT_EQ(Reason(BatchFromJson("[1,2,3,4]", kMaxEvents).status()), kBatchTooLarge);
  const std::string deep = std::string(200, '[') + std::string(200, ']');
  EXPECT_EQ(Field(BatchFromJson(deep, kMaxEvents).status()), "body");
}

TEST(BatchProtobuf, HasItsEventsInOrderAndBadOnesAlone) {
  io::cloudevents::v1::CloudEventBatch message;
  CloudEvent event{.id = "a",
                   .source = "/s",
                   .type = "t",
                   .datacontenttype = {},
                   .dataschema = {},
                   .subject = {},
                   .time = {},
                   .extensions = {},
                   .data = "\x01"};
  *message.add_events() = ToProto(event);
  message.add_events()->set_id("b");
  const auto batch = BatchFromProtobuf(message.SerializeAsString(), kMaxEvents);
  ASSERT_TRUE(batch.ok()) << batch.status();
  EXPECT_EQ(*(*batch)[0], event);
  EXPECT_EQ(Field((*batch)[1].status()), "specversion");
  EXPECT_TRUE(BatchFromProtobuf("", kMaxEvents)->empty());
  EXPECT_EQ(Field(BatchFromProtobuf("\xFF", kMaxEvents).status()), "body");
  for (int i = 0; i < 2; ++i) message.add_events();
  EXPECT_EQ(Reason(BatchFromProtobuf(message.SerializeAsString(), kMaxEvents).status()),
            kBatchTooLarge);
}

TEST(ContentModes, AreWhatTheContentTypeSays) {
  const auto mode = [](const std::string& type) { return ModeOf({{"Content-Type", type}}); };
  EXPECT_EQ(*mode("application/cloudevents+json; charset=UTF-8"), ContentMode::kJson);
  EXPECT_EQ(*mode("application/cloudevents-batch+json"), ContentMode::kJsonBatch);
  EXPECT_EQ(*mode("Application/CloudEvents+Protobuf"), ContentMode::kProtobuf);
  EXPECT_EQ(*mode("application/cloudevents-batch+protobuf"), ContentMode::kProtobufBatch);
  EXPECT_EQ(Reason(mode("application/cloudevents-batch+xml").status()), kUnsupportedContentType);
  EXPECT_EQ(Field(mode("application/json").status()), "specversion");
}

TEST(Protobuf, ABodyIsOneEvent) {
  CloudEvent event{.id = "a",
                   .source = "/s",
                   .type = "t",
                   .datacontenttype = "text/plain",
                   .dataschema = {},
                   .subject = {},
                   .time = {},
                   .extensions = {},
                   .data = "hi"};
  const Headers headers = {{"content-type", "application/cloudevents+protobuf"}};
  EXPECT_EQ(*FromHttp(headers, ToProto(event).SerializeAsString()), event);
  EXPECT_EQ(Field(FromHttp(headers, "no message").status()), "body");
  EXPECT_EQ(Field(FromHttp(headers, "").status()), "specversion");
}

}  // namespace
}  // namespace eventreactor::cloudevents
