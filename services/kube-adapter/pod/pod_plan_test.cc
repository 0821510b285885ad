#include "services/kube-adapter/pod/pod_plan.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "libs/domain/naming.h"
#include "libs/status/status.h"
#include "services/kube-adapter/pod/pod_fixtures.h"
#include "services/kube-adapter/pod/pod_names.h"

namespace eventreactor::kube {
namespace {

using nlohmann::json;
using pod_fixtures::ActionWith;
using pod_fixtures::InitNamed;
using pod_fixtures::InitNames;
using pod_fixtures::MountsOf;
using pod_fixtures::Plan;
using pod_fixtures::PodOf;
using pod_fixtures::ValuesOf;
using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Key;
using ::testing::Not;

SecretInfo Secret(const std::string& name, const std::string& type,
                  const std::map<std::string, std::string>& annotations = {}) {
  return {name, "kubernetes.io/" + type, annotations};
}

TEST(PodPlan, RunsSourcesThenStepsAndEndsOnce) {
  const json pod = PodOf(R"({"sources": [{"name": "one", "git": {"url": "https://example.com/x"}},
                                         {"name": "two", "custom": {"image": "c"}}],
                             "steps": [{"image": "a"}, {"image": "b", "name": "test"}]})");
  EXPECT_THAT(InitNames(pod), ElementsAre("event-files", "build-source-one", "build-source-two",
                                          "build-step-unnamed-0", "build-step-test"));
  EXPECT_EQ(pod["spec"]["restartPolicy"], "Never");
  ASSERT_EQ(pod["spec"]["containers"].size(), 1U);
  EXPECT_EQ(pod["spec"]["containers"][0]["args"], json({"pause"}));
}

TEST(PodPlan, BelongsToItsActionByUidAndLabels) {
  v1::Action action = ActionWith(R"({"steps": [{"image": "a"}]})");
  const auto plan = Plan(action);
  ASSERT_TRUE(plan.ok()) << plan.status();
  ASSERT_EQ(plan->config_maps.size(), 1U);
  for (const json* object : {&plan->pod, &plan->config_maps[0]}) {
    const json& metadata = (*object)["metadata"];
    EXPECT_EQ(metadata["namespace"], "team");
    EXPECT_EQ(metadata["ownerReferences"],
              json::parse(R"([{"apiVersion": "eventreactor.summerwind.github.io/v1alpha1",
                               "kind": "Action", "name": "run", "uid": "u-1", "controller": true,
                               "blockOwnerDeletion": false}])"));
    EXPECT_EQ(metadata["labels"][kManagedByLabel], "eventreactor");
    EXPECT_EQ(metadata["labels"][ActionUidLabel()], "u-1");
    EXPECT_EQ(metadata["labels"][PipelineNameLabel()], "pipe");
    EXPECT_EQ(metadata["labels"][EventNameLabel()], "ev");
  }
  EXPECT_EQ(plan->pod["metadata"]["name"], ChildName(action));
}

TEST(PodPlan, ANameIsALabelOfItsOwnForEachUid) {
  v1::Action action = ActionWith(R"({"steps": [{"image": "a"}]})");
  const std::string name = ChildName(action);
  EXPECT_EQ(name.rfind("run-", 0), 0U) << name;
  action.mutable_metadata()->set_uid("u-2");
  EXPECT_NE(ChildName(action), name) << "an Action made anew has another Pod";
  action.mutable_metadata()->set_name(std::string(53, 'a') + ".b.c." + std::string(150, 'd'));
  EXPECT_TRUE(IsDnsLabel(ChildName(action))) << ChildName(action);
}

TEST(PodPlan, ALongNameIsNoLabelAndLeftOut) {
  v1::Action action = ActionWith(R"({"steps": [{"image": "a"}]})");
  action.mutable_metadata()->set_name(std::string(70, 'a'));
  const auto plan = Plan(action);
  ASSERT_TRUE(plan.ok()) << plan.status();
  EXPECT_FALSE(plan->pod["metadata"]["labels"].contains(ActionNameLabel()));
}

TEST(PodPlan, EachStepSharesWorkspaceAndHome) {
  const json step = InitNamed(PodOf(R"({"steps": [{"image": "a"}]})"), "build-step-unnamed-0");
  EXPECT_EQ(step["workingDir"], "/workspace");
  EXPECT_EQ(MountsOf(step).at("/workspace")["name"], "workspace");
  EXPECT_EQ(MountsOf(step).at("/builder/home")["name"], "home");
  EXPECT_THAT(ValuesOf(step, "HOME"), ElementsAre("/builder/home"));
  EXPECT_THAT(ValuesOf(step, "ER_PIPELINE_NAME"), ElementsAre("pipe"));
  EXPECT_FALSE(step.contains("securityContext")) << "it runs as its image says";
}

TEST(PodPlan, AUsersOwnMountAndDirectoryWin) {
  const json step = InitNamed(PodOf(R"({
      "volumes": [{"name": "v", "emptyDir": {}}],
      "steps": [{"image": "a", "workingDir": "/src",
                 "volumeMounts": [{"name": "v", "mountPath": "/workspace/"}]}]})"),
                              "build-step-unnamed-0");
  EXPECT_EQ(step["workingDir"], "/src");
  EXPECT_EQ(MountsOf(step).at("/workspace/")["name"], "v");
  EXPECT_THAT(MountsOf(step), Not(Contains(Key("/workspace"))));
  EXPECT_THAT(MountsOf(step), Contains(Key("/builder/home")));
}

TEST(PodPlan, UsersVariablesComeLastAndSendersTextIsLiteral) {
  v1::Action action =
      ActionWith(R"({"steps": [{"image": "a", "env": [{"name": "HOME", "value": "$(HOME)/x"}]}]})");
  action.mutable_spec()->mutable_event()->set_source("/a/$(HOME)/$$");
  const auto plan = Plan(action);
  ASSERT_TRUE(plan.ok()) << plan.status();
  const json step = InitNamed(plan->pod, "build-step-unnamed-0");
  EXPECT_THAT(ValuesOf(step, "HOME"), ElementsAre("/builder/home", "$(HOME)/x"))
      << "the later one wins and sees the earlier one";
  EXPECT_THAT(ValuesOf(step, "ER_EVENT_SOURCE"), ElementsAre("/a/$$(HOME)/$$$$"));
}

TEST(PodPlan, WhatWeDoNotInterpretPassesWhole) {
  const auto text = R"({"image": "a", "resources": {"limits": {"nvidia.com/gpu": 1}},
      "envFrom": [{"secretRef": {"name": "s"}}], "tty": true, "invented": {"later": [1, 0.5, null]},
      "securityContext": {"privileged": true},
      "volumeDevices": [{"name": "d", "devicePath": "/dev/x"}]})";
  const json step =
      InitNamed(PodOf(std::string(R"({"steps": [)") + text + "]}"), "build-step-unnamed-0");
  const json fields = json::parse(text);
  for (const auto& [key, value] : fields.items()) EXPECT_EQ(step[key], value) << key;
}

TEST(PodPlan, PlacementAndVolumesPass) {
  const json pod = PodOf(R"({"steps": [{"image": "a"}], "nodeSelector": {"disk": "ssd"},
      "serviceAccountName": "builder", "affinity": {"podAffinity": {"x": [{"y": 2}]}},
      "volumes": [{"name": "cache", "persistentVolumeClaim": {"claimName": "c"}}]})");
  EXPECT_EQ(pod["spec"]["nodeSelector"], json({{"disk", "ssd"}}));
  EXPECT_EQ(pod["spec"]["serviceAccountName"], "builder");
  EXPECT_EQ(pod["spec"]["affinity"], json::parse(R"({"podAffinity": {"x": [{"y": 2}]}})"));
  EXPECT_EQ(pod["spec"]["volumes"].back(),
            json::parse(R"({"name": "cache", "persistentVolumeClaim": {"claimName": "c"}})"));
}

TEST(PodPlan, TheBackstopIsLaterThanTheTimeout) {
  EXPECT_EQ(PodOf(R"({"steps": [{"image": "a"}]})")["spec"]["activeDeadlineSeconds"], 900);
  EXPECT_EQ(
      PodOf(R"({"steps": [{"image": "a"}], "timeout": "1500ms"})")["spec"]["activeDeadlineSeconds"],
      302);
}

TEST(PodPlan, ClonesGitAsItIsWritten) {
  const json pod = PodOf(R"({"source": {"git": {"url": "https://example.com/$(HOME).git",
                                                "revision": "main"}, "targetPath": "a/b"},
                             "steps": [{"image": "a"}]})");
  const json git = InitNamed(pod, "build-source-git");
  EXPECT_EQ(git["image"], "registry.example/tool:1");
  EXPECT_EQ(git["args"], json({"git", "--url=https://example.com/$$(HOME).git", "--revision=main",
                               "--directory=/workspace/a/b"}));
  EXPECT_EQ(git["securityContext"]["runAsUser"], 0) << "as steps are that run as root";
  EXPECT_EQ(git["terminationMessagePolicy"], "FallbackToLogsOnError")
      << "git's words become the Action's";
  EXPECT_THAT(ValuesOf(git, "HOME"), ElementsAre("/builder/home"));
}

TEST(PodPlan, FetchesFromCloudStorageByItsOwnImage) {
  const json gcs = InitNamed(PodOf(R"({"source": {"gcs": {"type": "Archive",
                                                          "location": "gs://b/o.tgz"}},
                                       "steps": [{"image": "a"}]})"),
                             "build-source-gcs");
  EXPECT_EQ(gcs["image"], PodOptions().gcs_image);
  EXPECT_EQ(gcs["args"],
            json({"--type", "Archive", "--location", "gs://b/o.tgz", "--dest_dir", "/workspace"}));
}

TEST(PodPlan, ASubPathIsTheStepsWorkspaceAndHasTheEventToo) {
  const json pod = PodOf(R"({"source": {"git": {"url": "u"}, "subPath": "web"},
                             "steps": [{"image": "a"}]})");
  const auto of_source = MountsOf(InitNamed(pod, "build-source-git"));
  EXPECT_FALSE(of_source.at("/workspace").contains("subPath"));
  const auto of_step = MountsOf(InitNamed(pod, "build-step-unnamed-0"));
  EXPECT_EQ(of_step.at("/workspace")["subPath"], "web");
  EXPECT_EQ(of_step.at("/workspace/.event")["subPath"], ".event");
}

TEST(PodPlan, UnderAUsersOwnWorkspaceNothingOfOursIsMounted) {
  const json step = InitNamed(PodOf(R"({
      "source": {"git": {"url": "u"}, "subPath": "web"}, "volumes": [{"name": "v", "emptyDir": {}}],
      "steps": [{"image": "a", "volumeMounts": [{"name": "v", "mountPath": "/workspace"}]}]})"),
                              "build-step-unnamed-0");
  EXPECT_THAT(MountsOf(step), Not(Contains(Key("/workspace/.event"))));
}

TEST(PodPlan, OnlyTheCredentialsStepSeesSecrets) {
  PodSurroundings surroundings;
  surroundings.secrets = {
      Secret("plain", "basic-auth"),
      Secret("git", "basic-auth",
             {{"build.knative.dev/git-0", "https://example.com"},
              {"build.knative.dev/docker-0", "https://registry.example/$(X)"}}),
      Secret("key", "ssh-auth", {{"build.knative.dev/git-0", "example.com"}}),
      Secret("pull", "dockerconfigjson"),
      Secret("token", "service-account-token", {{"build.knative.dev/git-0", "x"}}),
  };
  const json pod = PodOf(R"({"steps": [{"image": "a"}]})", surroundings);
  EXPECT_THAT(InitNames(pod), ElementsAre("event-files", "credentials", "build-step-unnamed-0"));
  const json credentials = InitNamed(pod, "credentials");
  EXPECT_EQ(credentials["args"],
            json({"credentials", "--secrets=/var/build-secrets", "--home=/builder/home",
                  "--basic-git=git=https://example.com",
                  "--basic-docker=git=https://registry.example/$$(X)", "--ssh-git=key=example.com",
                  "--docker-config=pull"}));
  EXPECT_EQ(MountsOf(credentials).at("/var/build-secrets/key")["readOnly"], true);
  EXPECT_THAT(MountsOf(credentials), Not(Contains(Key("/var/build-secrets/plain"))));
  for (const auto& [path, mount] : MountsOf(InitNamed(pod, "build-step-unnamed-0"))) {
    EXPECT_THAT(path, Not(HasSubstr("secret")));
  }
}

TEST(PodPlan, WithoutSecretsThereIsNoCredentialsStep) {
  EXPECT_THAT(InitNames(PodOf(R"({"steps": [{"image": "a"}]})")), Not(Contains("credentials")));
}

struct Refused {
  const char* build;
  const char* field;
};

TEST(PodPlan, RefusesByFieldWhatNoPodCouldRun) {
  const std::vector<Refused> refusals = {
      {R"({})", "spec.steps"},
      {R"({"steps": [{"name": "a"}]})", "spec.steps[0].image"},
      {R"({"steps": [{"image": "a", "lifecycle": {"preStop": {"exec": {}}}}]})",
       "spec.steps[0].lifecycle"},
      {R"({"steps": [{"image": "a", "livenessProbe": {"exec": {}}}]})",
       "spec.steps[0].livenessProbe"},
      {R"({"steps": [{"image": "a", "readinessProbe": {"exec": {}}}]})",
       "spec.steps[0].readinessProbe"},
      {R"({"steps": [{"image": "a", "startupProbe": {"exec": {}}}]})",
       "spec.steps[0].startupProbe"},
      {R"({"steps": [{"image": "a", "restartPolicy": "Always"}]})", "spec.steps[0].restartPolicy"},
      {R"({"steps": [{"image": "a", "volumeMounts": {"a": "b"}}]})", "spec.steps[0].volumeMounts"},
      {R"({"steps": [{"image": "a"}], "source": {"custom": {"image": "a", "lifecycle": {"x": 1}}}})",
       "spec.source.custom.lifecycle"},
      {R"({"steps": [{"image": "a"}], "volumes": [{"name": "home", "emptyDir": {}}]})",
       "spec.volumes[0].name"},
      {R"({"steps": [{"image": "a"}], "timeout": "25h"})", "spec.timeout"},
      {R"({"template": {"name": "t"}})", "spec.template"},
  };
  for (const Refused& refused : refusals) {
    const absl::Status status = Plan(ActionWith(refused.build)).status();
    EXPECT_EQ(status.code(), absl::StatusCode::kInvalidArgument) << refused.build;
    EXPECT_EQ(Field(status), refused.field) << refused.build << " " << Message(status);
  }
}

TEST(PodPlan, TooManySecretsAreRefused) {
  PodSurroundings surroundings;
  for (size_t i = 0; i <= kMaxSecrets; ++i) {
    surroundings.secrets.push_back(Secret("s" + std::to_string(i), "dockerconfigjson"));
  }
  EXPECT_EQ(Field(Plan(ActionWith(R"({"steps": [{"image": "a"}]})"), surroundings).status()),
            "spec.serviceAccountName");
}

}  // namespace
}  // namespace eventreactor::kube
