// ToJson and FromJson.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "eventreactor/v1/action_service.pb.h"
#include "eventreactor/v1/pipeline_service.pb.h"
#include "libs/manifest/manifest.h"
#include "libs/status/status.h"

namespace eventreactor {
namespace {

using nlohmann::json;
using ::testing::HasSubstr;

// The message of the refusal.
template <typename T>
std::string RefusalOfManifest(const std::string& text) {
  T message;
  const absl::Status status = FromJson(json::parse(text), message);
  EXPECT_EQ(status.code(), absl::StatusCode::kInvalidArgument) << text;
  return Message(status);
}

template <typename T>
T Accept(const std::string& text) {
  T message;
  const absl::Status status = FromJson(json::parse(text), message);
  EXPECT_TRUE(status.ok()) << status << " for " << text;
  return message;
}

constexpr char kPipeline[] = R"({
  "metadata": {"name": "build", "namespace": "team", "generation": 7,
               "labels": {"a.b/c": "d"}, "creationTimestamp": "2026-01-02T03:04:05Z",
               "ownerReferences": [{"kind": "X", "controller": true}]},
  "spec": {
    "source": {"custom": {"image": "busybox", "args": ["a", 1, 1.5, null, {"b": []}]}},
    "steps": [{"name": "one", "env": [{"name": "A", "value": "b"}]}, {}],
    "timeout": "10m",
    "nodeSelector": {"disk": "ssd"},
    "affinity": {},
    "trigger": {"pipeline": {"name": "up", "status": "success",
                "selector": {"matchLabels": {"x": "y"},
                             "matchExpressions": [{"key": "k", "operator": "In",
                                                   "values": ["v"]}]}}}},
  "status": {"conditions": [{"type": "Ready", "status": "True"}], "observedGeneration": 7}})";

TEST(CodecTest, APipelineComesBackAsItWasWritten) {
  EXPECT_EQ(ToJson(Accept<v1::Pipeline>(kPipeline)), json::parse(kPipeline));
}

TEST(CodecTest, InlinedFieldsReachTheirOwnMessage) {
  const auto pipeline = Accept<v1::Pipeline>(kPipeline);
  EXPECT_EQ(pipeline.spec().build().steps_size(), 2);
  EXPECT_EQ(pipeline.spec().build().timeout(), "10m");
  EXPECT_EQ(pipeline.spec().trigger().pipeline().status(), v1::COMPLETION_SUCCESS);
}

TEST(CodecTest, AnActionComesBackAsItWasWritten) {
  const auto text = R"({
    "spec": {"steps": [{"image": "a"}], "status": "BuildCancelled",
             "upstream": {"name": "u", "status": "neutral", "via": ["a", "b"]},
             "transaction": {"id": "t", "stage": 2}},
    "status": {"startTime": "2026-01-02T03:04:05.120Z", "completion": "failure",
               "stepStates": [{"name": "s", "terminated": {"exitCode": 0, "containerID": "c"}},
                              {"name": "t", "running": {}}]}})";
  EXPECT_EQ(ToJson(Accept<v1::Action>(text)), json::parse(text));
}

TEST(CodecTest, AnEventComesBackAsItWasWritten) {
  const auto text = R"({
    "spec": {"type": "a.b", "source": "/s", "id": "1", "schemaURL": "http://x",
             "dataBase64": "AP8=", "extensions": {"traceparent": "00"}},
    "status": {"decisions": [{"pipeline": "p", "matched": false}]}})";
  const auto event = Accept<v1::Event>(text);
  EXPECT_EQ(event.spec().data_base64(), std::string("\x00\xff", 2));
  EXPECT_EQ(ToJson(event), json::parse(text));
}

TEST(CodecTest, WhatIsEmptyIsLeftOutButWhatMeansSomethingIsNot) {
  v1::StepState state;
  state.mutable_terminated()->set_exit_code(0);
  EXPECT_EQ(ToJson(state).dump(), R"({"terminated":{"exitCode":0}})");
  v1::Trigger trigger;
  trigger.mutable_pipeline();
  EXPECT_EQ(ToJson(trigger).dump(), R"({"pipeline":{}})") << "it matches every Pipeline";
}

TEST(CodecTest, AManifestSaysWhatItIs) {
  v1::Event event;
  event.mutable_metadata()->set_name("e");
  EXPECT_EQ(ToManifest(event).dump(),
            R"({"apiVersion":"eventreactor.summerwind.github.io/v1alpha1","kind":"Event",)"
            R"("metadata":{"name":"e"}})");
  EXPECT_EQ(ToManifest(v1::Pipeline())["kind"], "Pipeline");
  EXPECT_EQ(ToManifest(v1::Action())["kind"], "Action");
}

TEST(CodecTest, AnUnknownFieldIsRefusedByPathWithTheNearestName) {
  EXPECT_EQ(RefusalOfManifest<v1::Pipeline>(R"({"spec": {"trigger": {"evnt": {}}}})"),
            "spec.trigger.evnt: is unknown; did you mean \"event\"?");
  EXPECT_EQ(RefusalOfManifest<v1::Pipeline>(R"({"spec": {"step": []}})"),
            "spec.step: is unknown; did you mean \"steps\"?")
      << "inlined fields are known by name too";
  EXPECT_EQ(RefusalOfManifest<v1::EventTrigger>(R"({"source_pattern": ""})"),
            "source_pattern: is unknown; did you mean \"sourcePattern\"?");
  EXPECT_EQ(RefusalOfManifest<v1::Pipeline>(R"({"spec": {"concurrency": 1}})"),
            "spec.concurrency: is unknown")
      << "more than a person wants to read";
  EXPECT_EQ(RefusalOfManifest<v1::EventTrigger>(R"({"filter": ""})"),
            "filter: is unknown; expected one of type, sourcePattern");
  EXPECT_EQ(RefusalOfManifest<v1::Pipeline>(R"({"spec": {"build": {}}})"), "spec.build: is unknown")
      << "an inlined message has no name of its own";
}

TEST(CodecTest, AValueOfAnotherTypeIsRefusedWithWhatWasExpected) {
  EXPECT_EQ(RefusalOfManifest<v1::Pipeline>(R"({"spec": {"steps": {}}})"),
            "spec.steps: expected a list, got {}");
  EXPECT_EQ(RefusalOfManifest<v1::Pipeline>(R"({"spec": {"steps": [{}, "x"]}})"),
            "spec.steps[1]: expected an object, got \"x\"");
  EXPECT_EQ(RefusalOfManifest<v1::Pipeline>(R"({"metadata": {"labels": {"a.b/c": 1}}})"),
            "metadata.labels[\"a.b/c\"]: expected a string (in quotes), got 1");
  EXPECT_EQ(RefusalOfManifest<v1::Pipeline>(R"({"metadata": {"labels": {"a": null}}})"),
            "metadata.labels.a: expected a string (in quotes), got null");
  EXPECT_EQ(RefusalOfManifest<v1::Pipeline>(R"([])"), "manifest: expected an object, got []");
  EXPECT_EQ(RefusalOfManifest<v1::CreateResponse>(R"({"created": "true"})"),
            "created: expected true or false, got \"true\"");
}

TEST(CodecTest, AnUnknownEnumValueIsRefusedWithTheKnownOnes) {
  EXPECT_EQ(RefusalOfManifest<v1::PipelineTrigger>(R"({"status": "succes"})"),
            "status: expected one of success, failure, neutral, unknown, got \"succes\"");
  EXPECT_EQ(RefusalOfManifest<v1::PipelineTrigger>(R"({"status": "unspecified"})"),
            "status: expected one of success, failure, neutral, unknown, got \"unspecified\"");
  EXPECT_EQ(Accept<v1::PipelineTrigger>(R"({"status": ""})").status(), v1::COMPLETION_UNSPECIFIED);
}

TEST(CodecTest, IntegersAreCheckedForTheirRange) {
  EXPECT_EQ(Accept<v1::ObjectMeta>(R"({"generation": 9223372036854775807})").generation(),
            9223372036854775807);
  EXPECT_THAT(RefusalOfManifest<v1::ObjectMeta>(R"({"generation": 9223372036854775808})"),
              HasSubstr("expected an integer from -9223372036854775808 to 9223372036854775807"));
  EXPECT_THAT(RefusalOfManifest<v1::ActionTransaction>(R"({"stage": 2147483648})"),
              HasSubstr("got 2147483648"));
  EXPECT_THAT(RefusalOfManifest<v1::ActionTransaction>(R"({"stage": -2147483649})"),
              HasSubstr("got -2147483649"));
  EXPECT_THAT(RefusalOfManifest<v1::ActionTransaction>(R"({"stage": 1.0})"), HasSubstr("got 1.0"));
  EXPECT_THAT(RefusalOfManifest<v1::ActionTransaction>(R"({"stage": "1"})"),
              HasSubstr("got \"1\""));
}

TEST(CodecTest, NumbersInFragmentsStayWhatTheyWere) {
  const auto text = R"({"affinity": {"a": 9007199254740991, "b": -3, "c": 0.25, "d": 1e300}})";
  EXPECT_EQ(ToJson(Accept<v1::BuildSpec>(text)).dump(),
            R"({"affinity":{"a":9007199254740991,"b":-3,"c":0.25,"d":1e+300}})");
  EXPECT_THAT(RefusalOfManifest<v1::BuildSpec>(R"({"affinity": {"a": [9007199254740993]}})"),
              HasSubstr("affinity.a[0]: 9007199254740993 has more digits"));
}

TEST(CodecTest, BytesAreStrictBase64) {
  EXPECT_EQ(Accept<v1::EventSpec>(R"({"dataBase64": ""})").data_base64(), "");
  EXPECT_THAT(RefusalOfManifest<v1::EventSpec>(R"({"dataBase64": "AP8"})"),
              HasSubstr("base64 with padding"));
  EXPECT_THAT(RefusalOfManifest<v1::EventSpec>(R"({"dataBase64": "AP 8="})"), HasSubstr("base64"));
  EXPECT_THAT(RefusalOfManifest<v1::EventSpec>(R"({"dataBase64": "AP9="})"), HasSubstr("base64"))
      << "bits beyond the data must be 0";
}

TEST(CodecTest, NullIsAFieldLeftOut) {
  EXPECT_FALSE(Accept<v1::Pipeline>(R"({"metadata": {"creationTimestamp": null}, "status": null})")
                   .has_status());
}

TEST(CodecTest, WhatKubectlAddsIsIgnoredInMetadataOnly) {
  Accept<v1::Pipeline>(
      R"({"metadata": {"managedFields": [{}], "selfLink": "/x", "generateName": "y"}})");
  EXPECT_THAT(RefusalOfManifest<v1::Pipeline>(R"({"spec": {"selfLink": "/x"}})"),
              HasSubstr("is unknown"));
}

TEST(CodecTest, FromJsonReplacesWhatWasThere) {
  v1::EventTrigger trigger;
  trigger.set_type("old");
  ASSERT_TRUE(FromJson(json::parse(R"({"sourcePattern": "x"})"), trigger).ok());
  EXPECT_EQ(trigger.type(), "");
}

TEST(CodecTest, TextThatIsNotUtf8IsRefused) {
  v1::Pipeline pipeline;
  EXPECT_EQ(FromJson(json{{"metadata", {{"name", "a\xff"}}}}, pipeline).code(),
            absl::StatusCode::kInvalidArgument);
  EXPECT_EQ(FromJson(json{{"spec", {{"affinity", {{"a\xff", "b"}}}}}}, pipeline).code(),
            absl::StatusCode::kInvalidArgument);
}

// A fragment of `levels` objects, one in the other.
json Nested(int levels) {
  json value = "x";
  for (int i = 0; i < levels; ++i) value = json{{"a", std::move(value)}};
  return value;
}

TEST(CodecTest, TheDeepestFragmentThatIsTakenAlsoTravels) {
  v1::ActionServiceListResponse response;
  const json deepest = {{"spec", {{"source", {{"custom", Nested(24)}}}}}};
  ASSERT_TRUE(FromJson(deepest, *response.add_actions()).ok());
  v1::ActionServiceListResponse received;
  ASSERT_TRUE(received.ParseFromString(response.SerializeAsString()));
  EXPECT_EQ(ToJson(received.actions(0)), deepest);
}

TEST(CodecTest, ADeeperFragmentIsRefused) {
  v1::BuildSpec spec;
  const absl::Status status = FromJson({{"affinity", Nested(25)}}, spec);
  EXPECT_EQ(Reason(status), "TOO_DEEP");
  EXPECT_THAT(Message(status), HasSubstr("nested more than 24 levels deep"));
}

TEST(CodecTest, LongValuesAreCutInMessages) {
  const std::string refusal =
      RefusalOfManifest<v1::Pipeline>(json{{"spec", std::string(10'000, 'x')}}.dump());
  EXPECT_LT(refusal.size(), 150U);
}

}  // namespace
}  // namespace eventreactor
