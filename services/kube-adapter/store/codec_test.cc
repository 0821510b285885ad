#include "services/kube-adapter/store/codec.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "libs/domain/convert.h"
#include "libs/domain/run.h"
#include "libs/status/status.h"

namespace eventreactor::kube {
namespace {

using nlohmann::json;

json ActionObject() {
  return json::parse(R"({
    "apiVersion": "eventreactor.summerwind.github.io/v1alpha1", "kind": "Action",
    "metadata": {"name": "a", "namespace": "ns", "uid": "u", "resourceVersion": "7",
                 "generation": 2, "creationTimestamp": "2026-01-02T03:04:05Z",
                 "deletionTimestamp": "2026-01-02T03:05:05Z", "deletionGracePeriodSeconds": 0,
                 "finalizers": ["f"], "ownerReferences": [{"kind": "K", "name": "o", "uid": "v"}],
                 "managedFields": [{"manager": "m"}], "labels": {"l": "1"},
                 "annotations": {"b": "2"}},
    "spec": {"event": {"name": "e"}, "pipeline": {"name": "p"},
             "steps": [{"image": "i", "resources": {"limits": {"cpu": 1}}}]}})");
}

TEST(CodecTest, ReadsMetadataAndLeavesOutTheServersOwn) {
  const absl::StatusOr<v1::Action> action = Decode<v1::Action>(ActionObject());
  ASSERT_TRUE(action.ok()) << action.status();
  EXPECT_EQ(action->metadata().uid(), "u");
  EXPECT_EQ(action->metadata().resource_version(), "7");
  EXPECT_EQ(action->metadata().generation(), 2);
  EXPECT_TRUE(action->metadata().has_deletion_timestamp());
  EXPECT_EQ(action->metadata().finalizers(0), "f");
  EXPECT_EQ(action->metadata().owner_references_size(), 1);
}

TEST(CodecTest, KeepsFragmentsOfKubernetesWhole) {
  const absl::StatusOr<v1::Action> action = Decode<v1::Action>(ActionObject());
  ASSERT_TRUE(action.ok()) << action.status();
  const json again = Encode(*action);
  EXPECT_EQ(again["spec"], ActionObject()["spec"]);
  EXPECT_EQ(again["kind"], "Action");
  EXPECT_EQ(again["metadata"]["ownerReferences"], ActionObject()["metadata"]["ownerReferences"]);
}

TEST(CodecTest, WhatALaterVersionAddsIsNoFault) {
  json object = ActionObject();
  object["later"] = 1;
  object["spec"]["later"] = {{"a", 1}};
  object["spec"]["sources"] = {{{"name", "s"}, {"git", {{"url", "u"}, {"depth", 1}}}}};
  object["status"] = {{"conditions", {{{"type", "Succeeded"}, {"later", true}}}}};
  const absl::StatusOr<v1::Action> action = Decode<v1::Action>(object);
  ASSERT_TRUE(action.ok()) << action.status();
  EXPECT_EQ(action->spec().build().sources(0).git().url(), "u");
  EXPECT_EQ(action->status().conditions(0).type(), "Succeeded");
  EXPECT_EQ(action->spec().build().steps_size(), 1);
}

TEST(CodecTest, AnActionWithoutStatusHasTheInitialOne) {
  const absl::StatusOr<v1::Action> action = Decode<v1::Action>(ActionObject());
  ASSERT_TRUE(action.ok()) << action.status();
  ASSERT_EQ(action->status().conditions_size(), 1);
  EXPECT_EQ(action->status().conditions(0).reason(), kReasonPending);
  EXPECT_EQ(action->status().conditions(0).last_transition_time().seconds(),
            action->metadata().creation_timestamp().seconds());
}

TEST(CodecTest, NamesTheFieldThatItDoesNotUnderstand) {
  json object = ActionObject();
  object["spec"]["steps"][0]["big"] = 9007199254740993;
  EXPECT_EQ(Field(Decode<v1::Action>(object).status()), "spec.steps[0].big");
  const auto identity = DecodeIdentityOf<v1::Action>(object);
  EXPECT_EQ(identity.metadata().name(), "a");
  EXPECT_EQ(identity.metadata().uid(), "u");
  EXPECT_EQ(identity.metadata().generation(), 2);
}

TEST(CodecTest, AStatusIsWrittenWithNothingButItsObjectsIdentity) {
  const absl::StatusOr<v1::Action> action = Decode<v1::Action>(ActionObject());
  ASSERT_TRUE(action.ok());
  const json encoded = EncodeStatus(*action);
  EXPECT_FALSE(encoded.contains("spec"));
  EXPECT_EQ(encoded["metadata"],
            (json{{"name", "a"}, {"namespace", "ns"}, {"uid", "u"}, {"resourceVersion", "7"}}));
  EXPECT_TRUE(encoded["status"].contains("conditions"));
}

TEST(CodecTest, MarksADispatchedEvent) {
  v1::Event event;
  EXPECT_FALSE(Encode(event).contains("metadata"));
  event.mutable_status()->mutable_dispatch_time()->set_seconds(1);
  EXPECT_EQ(Encode(event)["metadata"]["annotations"][kDispatchedAnnotation], "true");
}

TEST(CodecTest, TextThatEscapesWouldBlowUpIsWrittenAsBase64AndReadBackTheSame) {
  v1::Event event;
  event.mutable_spec()->set_data(std::string(size_t{1} << 20, '<'));
  const json encoded = Encode(event);
  EXPECT_FALSE(encoded["spec"].contains("data"));
  EXPECT_LT(encoded["spec"]["dataBase64"].get<std::string>().size(), size_t{3} << 19);
  const absl::StatusOr<v1::Event> decoded = Decode<v1::Event>(encoded);
  ASSERT_TRUE(decoded.ok()) << decoded.status();
  EXPECT_EQ(EventData(*decoded), event.spec().data());

  event.mutable_spec()->set_data(std::string(size_t{1} << 20, 'x'));
  EXPECT_TRUE(Encode(event)["spec"].contains("data")) << "plain text stays readable";
}

TEST(CodecTest, CountsEscapesAsTheServerWritesThem) {
  EXPECT_EQ(EscapedSize("abc"), 3U);
  EXPECT_EQ(EscapedSize("\"\\\n\r\t"), 10U);
  EXPECT_EQ(EscapedSize(std::string("\x01<>&\0", 5)), 30U);
  EXPECT_EQ(EscapedSize("\xC3\xA4"), 2U);
  EXPECT_EQ(EscapedSize("\xE2\x80\xA8\xE2\x80\xA9\xE2\x82\xAC"), 15U);
}

}  // namespace
}  // namespace eventreactor::kube
