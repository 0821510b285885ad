#include "libs/domain/convert.h"

#include <gtest/gtest.h>

#include <functional>
#include <nlohmann/json.hpp>

#include "libs/domain/fixtures.h"
#include "libs/domain/naming.h"
#include "libs/status/status.h"

namespace eventreactor {
namespace {

cloudevents::CloudEvent Push() {
  cloudevents::CloudEvent event;
  event.id = "42";
  event.source = "/repo";
  event.type = "com.example.push";
  event.datacontenttype = "text/plain";
  event.dataschema = "https://example.com/schema";
  event.subject = "main";
  event.time = "2026-01-02T03:04:05.678+01:00";
  event.extensions = {{"traceparent", "00-1"}};
  event.data = "hello";
  return event;
}

TEST(ConvertTest, AnEventHoldsAllOfTheCloudEvent) {
  const v1::Event event = EventFromCloudEvent("team", Push());
  EXPECT_EQ(event.metadata().namespace_(), "team");
  EXPECT_EQ(event.metadata().name(), EventName("team", "/repo", "42"));
  EXPECT_EQ(event.metadata().labels().at(EventTypeLabel()), "com.example.push");
  EXPECT_EQ(event.spec().type(), "com.example.push");
  EXPECT_EQ(event.spec().source(), "/repo");
  EXPECT_EQ(event.spec().id(), "42");
  EXPECT_EQ(event.spec().time(), "2026-01-02T03:04:05.678+01:00");
  EXPECT_EQ(event.spec().schema_url(), "https://example.com/schema");
  EXPECT_EQ(event.spec().content_type(), "text/plain");
  EXPECT_EQ(event.spec().subject(), "main");
  EXPECT_EQ(event.spec().data(), "hello");
  EXPECT_EQ(event.spec().data_base64(), "");
  EXPECT_EQ(event.spec().extensions().at("traceparent"), "00-1");
}

TEST(ConvertTest, ATypeThatIsNoLabelValueGetsNoLabel) {
  for (const std::string& type : {std::string("a/b"), std::string(64, 'a'), std::string("-")}) {
    cloudevents::CloudEvent push = Push();
    push.type = type;
    EXPECT_TRUE(EventFromCloudEvent("team", push).metadata().labels().empty()) << type;
  }
}

TEST(ConvertTest, AnEventBecomesTheCloudEventThatItWas) {
  EXPECT_EQ(CloudEventFromEvent(EventFromCloudEvent("team", Push())), Push());
  cloudevents::CloudEvent binary = Push();
  binary.data = "\xFF\xFE";
  EXPECT_EQ(CloudEventFromEvent(EventFromCloudEvent("team", binary)), binary);
  binary.data.reset();
  EXPECT_EQ(CloudEventFromEvent(EventFromCloudEvent("team", binary)), binary);
}

TEST(ConvertTest, DataComesBackByteForByte) {
  const std::string datas[] = {"",
                               "text",
                               "gr\xC3\xBC\xC3\x9F",
                               std::string("\0\x01\xFF", 3),
                               "\xFF\xFE",
                               std::string("a\0b", 3)};
  for (const std::string& data : datas) {
    cloudevents::CloudEvent push = Push();
    push.data = data;
    const v1::Event event = EventFromCloudEvent("team", push);
    EXPECT_EQ(EventData(event), data);
    // Protobuf strings hold UTF-8 only.
    v1::Event copy;
    ASSERT_TRUE(copy.ParseFromString(event.SerializeAsString()));
    EXPECT_EQ(EventData(copy), data);
  }
}

TEST(ConvertTest, OnlyDataThatIsNoTextIsBase64) {
  cloudevents::CloudEvent push = Push();
  push.data = "\xFF";
  EXPECT_EQ(EventFromCloudEvent("team", push).spec().data(), "");
  EXPECT_EQ(EventFromCloudEvent("team", push).spec().data_base64(), "\xFF");
}

v1::Action FinishedBuild() {
  v1::Action action = fixtures::FinishedAction("build", v1::COMPLETION_FAILURE);
  (*action.mutable_metadata()->mutable_labels())["team"] = "blue";
  *action.mutable_spec()->mutable_build()->add_steps() = fixtures::Container("secret-image");
  action.mutable_spec()->mutable_upstream()->set_name("before");
  action.mutable_spec()->mutable_upstream()->set_pipeline("fetch");
  action.mutable_spec()->mutable_upstream()->set_status(v1::COMPLETION_SUCCESS);
  action.mutable_spec()->mutable_upstream()->add_via("fetch");
  action.mutable_status()->add_step_logs("a long log");
  action.mutable_status()->mutable_completion_time()->set_seconds(1'700'000'000);
  return action;
}

TEST(ConvertTest, AFinishedActionTravelsAsACloudEvent) {
  const v1::Action action = FinishedBuild();
  const cloudevents::CloudEvent event = CloudEventFromAction(action);
  EXPECT_EQ(event.id, action.metadata().uid());
  EXPECT_EQ(event.source, "/namespaces/default/actions/" + action.metadata().name());
  EXPECT_EQ(event.type, kActionFinishedType);
  EXPECT_EQ(event.subject, "build");
  EXPECT_EQ(event.time, "2023-11-14T22:13:20+00:00");
  EXPECT_EQ(event.data->find("secret-image"), std::string::npos);
  EXPECT_EQ(event.data->find("a long log"), std::string::npos);

  const absl::StatusOr<v1::Action> back = ActionFromCloudEvent(event);
  ASSERT_TRUE(back.ok()) << back.status();
  EXPECT_EQ(back->metadata().name(), action.metadata().name());
  EXPECT_EQ(back->metadata().uid(), action.metadata().uid());
  EXPECT_EQ(back->metadata().labels().at("team"), "blue");
  EXPECT_EQ(back->status().completion(), v1::COMPLETION_FAILURE);
  EXPECT_EQ(back->spec().event().source(), "/source");
  EXPECT_EQ(back->spec().upstream().SerializeAsString(),
            action.spec().upstream().SerializeAsString());
  EXPECT_EQ(back->spec().transaction().SerializeAsString(),
            action.spec().transaction().SerializeAsString());
}

TEST(ConvertTest, AFinishedActionWithoutAChainBeginsItsOwn) {
  v1::Action action = fixtures::FinishedAction("build", v1::COMPLETION_SUCCESS);
  action.mutable_spec()->clear_transaction();
  const absl::StatusOr<v1::Action> back = ActionFromCloudEvent(CloudEventFromAction(action));
  ASSERT_TRUE(back.ok()) << back.status();
  EXPECT_EQ(back->spec().transaction().id(), action.metadata().name());
  EXPECT_EQ(back->spec().transaction().stage(), 1);
}

TEST(ConvertTest, WhatALaterPublisherAddsIsLeftOut) {
  cloudevents::CloudEvent event = CloudEventFromAction(FinishedBuild());
  nlohmann::json data = nlohmann::json::parse(*event.data);
  data["spec"]["newField"] = 1;
  data["status"]["newField"] = 1;
  event.data = data.dump();
  EXPECT_TRUE(ActionFromCloudEvent(event).ok());
}

TEST(ConvertTest, AnythingElseIsNoFinishedAction) {
  const cloudevents::CloudEvent good = CloudEventFromAction(FinishedBuild());
  const auto broken = [&](const std::function<void(nlohmann::json&)>& change) {
    cloudevents::CloudEvent event = good;
    nlohmann::json data = nlohmann::json::parse(*event.data);
    change(data);
    event.data = data.dump();
    return ActionFromCloudEvent(event).status();
  };
  EXPECT_EQ(Field(broken([](auto& data) { data["kind"] = "Event"; })), "data.kind");
  EXPECT_EQ(Field(broken([](auto& data) { data["metadata"]["namespace"] = "A"; })),
            "data.metadata.namespace");
  EXPECT_EQ(Field(broken([](auto& data) { data["metadata"]["name"] = "../x"; })),
            "data.metadata.name");
  EXPECT_EQ(Field(broken([](auto& data) { data["spec"].erase("pipeline"); })),
            "data.spec.pipeline.name");
  EXPECT_EQ(Field(broken([](auto& data) { data["spec"].erase("event"); })), "data.spec.event.name");
  EXPECT_EQ(Field(broken([](auto& data) { data["status"].erase("completion"); })),
            "data.status.completion");
  EXPECT_FALSE(broken([](auto& data) { data["spec"] = 1; }).ok());
  EXPECT_FALSE(broken([](auto& data) { data["metadata"]["labels"] = "x"; }).ok());
  for (const char* data : {"", "{", "[]", "null", "\xFF", "{\"kind\":\"Action\"}"}) {
    cloudevents::CloudEvent event = good;
    event.data = data;
    EXPECT_EQ(ActionFromCloudEvent(event).status().code(), absl::StatusCode::kInvalidArgument)
        << data;
  }
  cloudevents::CloudEvent event = good;
  event.type = "com.example.push";
  EXPECT_EQ(Field(ActionFromCloudEvent(event).status()), "type");
}

}  // namespace
}  // namespace eventreactor
