#include "libs/cloudevents/proto.h"

#include <gtest/gtest.h>

#include "libs/status/status.h"

namespace eventreactor::cloudevents {
namespace {

namespace pb = io::cloudevents::v1;

pb::CloudEvent MinimalMessage() {
  pb::CloudEvent message;
  message.set_spec_version("1.0");
  message.set_id("1");
  message.set_source("/s");
  message.set_type("t");
  return message;
}

TEST(ProtoFormat, AttributesTakeTheirCanonicalForm) {
  pb::CloudEvent message = MinimalMessage();
  auto& attributes = *message.mutable_attributes();
  attributes["yes"].set_ce_boolean(true);
  attributes["no"].set_ce_boolean(false);
  attributes["number"].set_ce_integer(-7);
  attributes["text"].set_ce_string("x");
  attributes["bytes"].set_ce_bytes(std::string("\0\xFF", 2));
  attributes["dataschema"].set_ce_uri("urn:s");
  attributes["ref"].set_ce_uri_ref("/r");
  attributes["time"].mutable_ce_timestamp()->set_seconds(1);
  attributes["time"].mutable_ce_timestamp()->set_nanos(500'000'000);
  const auto event = FromProto(message);
  ASSERT_TRUE(event.ok()) << event.status();
  EXPECT_EQ(event->time, "1970-01-01T00:00:01.5Z");
  EXPECT_EQ(event->dataschema, "urn:s");
  const std::map<std::string, std::string> want = {{"yes", "true"},   {"no", "false"},
                                                   {"number", "-7"},  {"text", "x"},
                                                   {"bytes", "AP8="}, {"ref", "/r"}};
  EXPECT_EQ(event->extensions, want);
}

TEST(ProtoFormat, DataComesFromAnyOfItsFields) {
  pb::CloudEvent message = MinimalMessage();
  EXPECT_FALSE(FromProto(message)->data.has_value());
  message.set_binary_data("");
  EXPECT_EQ(FromProto(message)->data, "");
  message.set_text_data("{}");
  EXPECT_EQ(FromProto(message)->data, "{}");
  message.mutable_proto_data()->set_value("\x08\x01");
  EXPECT_EQ(FromProto(message)->data, "\x08\x01");
  EXPECT_EQ(FromProto(message)->datacontenttype, "application/protobuf");
}

TEST(ProtoFormat, NamesTheAttributeAtFault) {
  const auto blamed = [](const pb::CloudEvent& message) {
    return Field(FromProto(message).status());
  };
  EXPECT_EQ(blamed(pb::CloudEvent()), "specversion");
  pb::CloudEvent message = MinimalMessage();
  message.set_spec_version("0.3");
  EXPECT_EQ(blamed(message), "specversion");
  message = MinimalMessage();
  message.clear_type();
  EXPECT_EQ(blamed(message), "type");
  message = MinimalMessage();
  (*message.mutable_attributes())["id"].set_ce_string("2");
  EXPECT_EQ(blamed(message), "id");
  message = MinimalMessage();
  (*message.mutable_attributes())["ext"];
  EXPECT_EQ(blamed(message), "ext");
  message = MinimalMessage();
  (*message.mutable_attributes())["time"].mutable_ce_timestamp()->set_nanos(-1);
  EXPECT_EQ(blamed(message), "time");
  message = MinimalMessage();
  (*message.mutable_attributes())["Bad Name"].set_ce_string("x");
  EXPECT_EQ(blamed(message), "extensions");
}

TEST(ProtoFormat, EverythingSurvivesTheRoundTrip) {
  CloudEvent event;
  event.id = "1";
  event.source = "/s";
  event.type = "t";
  event.datacontenttype = "application/json";
  event.dataschema = "urn:s";
  event.subject = "sub";
  event.extensions = {{"a", "true"}, {"b", ""}};
  event.data = "{ }";
  for (const char* time :
       {"2020-01-02T03:04:05Z", "2020-01-02T03:04:05.678Z", "0001-01-01T00:00:00Z",
        "2020-01-02T03:04:05+09:00", "2020-01-02T03:04:05.1234567891Z", "2016-12-31T23:59:60Z",
        "2020-01-02t03:04:05z", "0000-01-01T00:00:00Z"}) {
    event.time = time;
    const auto back = FromProto(ToProto(event));
    ASSERT_TRUE(back.ok()) << back.status();
    EXPECT_EQ(*back, event) << time;
  }
}

TEST(ProtoFormat, AUtcTimeIsATimestamp) {
  CloudEvent event;
  event.time = "2020-01-02T03:04:05.678Z";
  EXPECT_TRUE(ToProto(event).attributes().at("time").has_ce_timestamp());
  event.time = "2020-01-02T03:04:05+09:00";
  EXPECT_TRUE(ToProto(event).attributes().at("time").has_ce_string());
}

TEST(ProtoFormat, TextAndBytesGoWhereTheyBelong) {
  CloudEvent event;
  event.datacontenttype = "application/vnd.x+json";
  event.data = "{}";
  EXPECT_TRUE(ToProto(event).has_text_data());
  event.data = "\xFF";
  EXPECT_TRUE(ToProto(event).has_binary_data());
  event.datacontenttype = "application/octet-stream";
  event.data = "text";
  EXPECT_TRUE(ToProto(event).has_binary_data());
  event.data.reset();
  EXPECT_EQ(ToProto(event).data_case(), pb::CloudEvent::DATA_NOT_SET);
}

}  // namespace
}  // namespace eventreactor::cloudevents
