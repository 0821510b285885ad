#include "services/kube-adapter/build/build_plan.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "libs/status/status.h"
#include "services/kube-adapter/pod/pod_fixtures.h"

namespace eventreactor::kube {
namespace {

using nlohmann::json;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::SizeIs;

absl::StatusOr<BuildPlan> PlanOf(const std::string& build) {
  return PlanBuild(pod_fixtures::ActionWith(build),
                   eventreactor::fixtures::EventOf("t", "/s", "id-1"), {"tool:1", ""});
}

json SpecOf(const std::string& build) {
  const auto plan = PlanOf(build);
  EXPECT_TRUE(plan.ok()) << plan.status();
  return plan.ok() ? plan->build["spec"] : json::object();
}

TEST(BuildPlan, BelongsToTheActionAndIsNamedByItsUid) {
  const auto plan = PlanOf(R"({"steps":[{"image":"busybox"}]})");
  ASSERT_TRUE(plan.ok()) << plan.status();
  EXPECT_EQ(plan->build["apiVersion"], "build.knative.dev/v1alpha1");
  EXPECT_EQ(plan->build["kind"], "Build");
  const json& metadata = plan->build["metadata"];
  EXPECT_THAT(metadata["name"].get<std::string>(), HasSubstr("run-"));
  EXPECT_EQ(metadata["namespace"], "team");
  EXPECT_EQ(metadata["ownerReferences"][0]["uid"], "u-1");
  EXPECT_EQ(metadata["ownerReferences"][0]["controller"], true);
  ASSERT_THAT(plan->config_maps, SizeIs(1));
  EXPECT_EQ(plan->config_maps[0]["metadata"]["ownerReferences"], metadata["ownerReferences"]);
}

TEST(BuildPlan, PassesWhatTheControllerUnderstands) {
  const json spec = SpecOf(R"({
    "sources": [{"name": "code", "targetPath": "code", "git": {"url": "https://e.example/r", "revision": "main"}},
                {"name": "more", "custom": {"image": "fetch"}}],
    "steps": [{"name": "a", "image": "busybox", "securityContext": {"runAsUser": 7}}],
    "volumes": [{"name": "cache", "emptyDir": {}}],
    "serviceAccountName": "builder", "timeout": "90s", "nodeSelector": {"disk": "ssd"},
    "affinity": {"nodeAffinity": {}}})");
  EXPECT_EQ(spec["sources"][0]["git"]["revision"], "main");
  EXPECT_EQ(spec["sources"][0]["targetPath"], "code");
  EXPECT_EQ(spec["serviceAccountName"], "builder");
  EXPECT_EQ(spec["timeout"], "90s");
  EXPECT_EQ(spec["nodeSelector"]["disk"], "ssd");
  EXPECT_TRUE(spec["affinity"].contains("nodeAffinity"));
  EXPECT_EQ(spec["steps"][1]["securityContext"]["runAsUser"], 7);
  EXPECT_EQ(spec["volumes"][1]["name"], "cache");
  for (const char* ours : {"event", "pipeline", "transaction", "status", "executor", "template"}) {
    EXPECT_FALSE(spec.contains(ours)) << ours;
  }
}

TEST(BuildPlan, WritesTheEventsFilesInAStepBeforeTheUsers) {
  const json spec = SpecOf(R"({"steps":[{"image":"busybox"},{"name":"b","image":"busybox"}]})");
  ASSERT_THAT(spec["steps"], SizeIs(3));
  EXPECT_EQ(spec["steps"][0]["name"], kEventStep);
  EXPECT_EQ(spec["steps"][0]["image"], "tool:1");
  EXPECT_EQ(spec["steps"][0]["volumeMounts"][0]["name"], spec["volumes"][0]["name"]);
  // As if ours were not there.
  EXPECT_EQ(spec["steps"][1]["name"], "unnamed-0");
  EXPECT_EQ(spec["steps"][2]["name"], "b");
}

TEST(BuildPlan, TellsEveryContainerOfTheEvent) {
  const json spec = SpecOf(R"({"source":{"custom":{"image":"fetch"}},
                               "steps":[{"image":"b","env":[{"name":"MINE","value":"1"}]}]})");
  for (const json& container : {spec["source"]["custom"], spec["steps"][1]}) {
    EXPECT_THAT(pod_fixtures::ValuesOf(container, "ER_EVENT_NAME"), SizeIs(1)) << container;
    EXPECT_THAT(pod_fixtures::ValuesOf(container, "ER_PIPELINE_NAME"), ElementsAre("pipe"));
  }
  EXPECT_THAT(pod_fixtures::ValuesOf(spec["steps"][1], "MINE"), ElementsAre("1"));
}

TEST(BuildPlan, RefusesWhatHasANameOfOurs) {
  const auto step = PlanOf(R"({"steps":[{"name":"eventreactor-event-files","image":"busybox"}]})");
  EXPECT_EQ(Field(step.status()), "spec.steps[0].name");
  const auto volume =
      PlanOf(R"({"steps":[{"image":"busybox"}],"volumes":[{"name":"event","emptyDir":{}}]})");
  EXPECT_EQ(Field(volume.status()), "spec.volumes[0].name");
}

TEST(BuildPlan, RefusesWhatCannotRun) {
  EXPECT_FALSE(PlanOf(R"({"steps":[{"image":"b"}],"timeout":"soon"})").ok());
  EXPECT_FALSE(PlanOf(R"({"steps":[{"image":"b","lifecycle":{"preStop":{}}}]})").ok());
}

}  // namespace
}  // namespace eventreactor::kube
