#include "services/local-adapter/container_plan.h"

#include <gmock/gmock.h>
#include <google/protobuf/util/json_util.h>
#include <gtest/gtest.h>

#include "libs/status/status.h"

namespace eventreactor::local {
namespace {

using testing::Contains;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::Not;

google::protobuf::Struct Fields(const std::string& json) {
  google::protobuf::Struct fields;
  EXPECT_TRUE(google::protobuf::util::JsonStringToMessage(json, &fields).ok()) << json;
  return fields;
}

v1::Action ActionOf(const std::vector<std::string>& steps) {
  v1::Action action;
  action.mutable_metadata()->set_name("run");
  for (const std::string& step : steps)
    *action.mutable_spec()->mutable_build()->add_steps() = Fields(step);
  return action;
}

v1::Event SomeEvent() {
  v1::Event event;
  event.mutable_spec()->set_id("id-1");
  event.mutable_spec()->set_type("t");
  event.mutable_spec()->set_source("/s");
  event.mutable_spec()->set_data("text");
  return event;
}

absl::StatusOr<RunPlan> Plan(const v1::Action& action, const v1::Event& event = SomeEvent(),
                             const PlanOptions& options = {}) {
  return PlanRun(action, event, DocumentSet(), options);
}

absl::StatusOr<PlannedContainer> PlanStep(const std::string& step,
                                          const PlanOptions& options = {}) {
  absl::StatusOr<RunPlan> plan = Plan(ActionOf({step}), SomeEvent(), options);
  if (!plan.ok()) return plan.status();
  return plan->containers.at(0);
}

const std::string* FileOf(const RunPlan& plan, const std::string& name) {
  for (const FreshDirectory& directory : plan.containers.at(0).directories) {
    if (directory.path != "/workspace") continue;
    for (const TarEntry& file : directory.files) {
      if (file.name == name) return &file.data;
    }
  }
  return nullptr;
}

TEST(RunPlan, HasSourcesBeforeSteps) {
  v1::Action action = ActionOf({R"({"image":"a"})", R"({"image":"b","name":"test"})"});
  for (const char* name : {"one", "two"}) {
    v1::SourceSpec* source = action.mutable_spec()->mutable_build()->add_sources();
    source->set_name(name);
    *source->mutable_custom() = Fields(R"({"image":"c"})");
  }
  const auto plan = Plan(action);
  ASSERT_TRUE(plan.ok()) << plan.status();
  std::vector<std::string> names;
  for (const PlannedContainer& container : plan->containers) names.push_back(container.step);
  EXPECT_THAT(names, ElementsAre("build-source-one", "build-source-two", "build-step-unnamed-0",
                                 "build-step-test"));
  EXPECT_EQ(plan->timeout, absl::Minutes(10));
}

TEST(RunPlan, NamesALoneSourceCustom) {
  v1::Action action = ActionOf({R"({"image":"a"})"});
  *action.mutable_spec()->mutable_build()->mutable_source()->mutable_custom() =
      Fields(R"({"image":"c"})");
  const auto plan = Plan(action);
  ASSERT_TRUE(plan.ok()) << plan.status();
  EXPECT_EQ(plan->containers[0].step, "build-source-custom");
}

TEST(RunPlan, TakesWhatAContainerSays) {
  const auto step = PlanStep(
      R"json({"name":"s","image":"localhost/x:1","command":["sh","-c"],"args":["echo $(GREETING)"],
          "workingDir":"/workspace/src","imagePullPolicy":"Always",
          "env":[{"name":"GREETING","value":"hi $(ER_PIPELINE_NAME)"}],
          "resources":{"limits":{"cpu":"500m","memory":"64Mi"},"requests":{"cpu":"1"}},
          "securityContext":{"runAsUser":1000,"runAsGroup":50,"runAsNonRoot":true,
                             "allowPrivilegeEscalation":false,"readOnlyRootFilesystem":true,
                             "capabilities":{"drop":["ALL"]}},
          "terminationMessagePath":"/dev/null","ports":[{"containerPort":80}],
          "volumeMounts":[],"tty":false})json");
  ASSERT_TRUE(step.ok()) << step.status();
  EXPECT_EQ(step->spec.image.ToString(), "localhost/x:1");
  EXPECT_THAT(step->spec.entrypoint, ElementsAre("sh", "-c"));
  EXPECT_THAT(step->spec.args, ElementsAre("echo hi "));
  EXPECT_THAT(step->spec.env, Contains("GREETING=hi "));
  EXPECT_EQ(step->spec.working_dir, "/workspace/src");
  EXPECT_EQ(step->spec.user, "1000:50");
  EXPECT_EQ(step->spec.nano_cpus, 500'000'000);
  EXPECT_EQ(step->spec.memory_bytes, 64 << 20);
  EXPECT_TRUE(step->spec.no_new_privileges);
  EXPECT_TRUE(step->spec.read_only_root);
  EXPECT_THAT(step->spec.cap_drop, ElementsAre("ALL"));
  EXPECT_EQ(step->pull, PullPolicy::kAlways);
}

TEST(RunPlan, DefaultsToTheWorkspaceAndToTheImagesOwnCommand) {
  const auto step = PlanStep(R"({"image":"x","resources":{"limits":{"cpu":2}}})");
  ASSERT_TRUE(step.ok()) << step.status();
  EXPECT_EQ(step->spec.working_dir, "/workspace");
  EXPECT_TRUE(step->spec.entrypoint.empty());
  EXPECT_TRUE(step->spec.args.empty());
  EXPECT_EQ(step->spec.user, "");
  EXPECT_EQ(step->spec.nano_cpus, 2'000'000'000);
  EXPECT_EQ(step->pull, PullPolicy::kIfNotPresent);
}

TEST(RunPlan, TellsContainersOfTheEventAndLetsTheUserOverride) {
  v1::Action action = ActionOf({R"({"image":"x","env":[{"name":"HOME","value":"/mine"}]})"});
  v1::ActionSpec& spec = *action.mutable_spec();
  spec.mutable_event()->set_name("ev");
  spec.mutable_event()->set_type("com.example.push");
  spec.mutable_event()->set_source("/src/$(HOME)");
  spec.mutable_pipeline()->set_name("pipe");
  v1::Event event = SomeEvent();
  event.mutable_spec()->set_subject("sub");
  const auto plan = Plan(action, event);
  ASSERT_TRUE(plan.ok()) << plan.status();
  EXPECT_THAT(
      plan->containers[0].spec.env,
      ElementsAre("ER_EVENT_NAME=ev", "ER_EVENT_SOURCE=/src/$(HOME)", "ER_EVENT_SUBJECT=sub",
                  "ER_EVENT_TYPE=com.example.push", "ER_PIPELINE_NAME=pipe", "HOME=/mine"))
      << "what a sender wrote is not expanded";
}

TEST(RunPlan, TellsChainedContainersOfTheUpstream) {
  v1::Action action = ActionOf({R"({"image":"x"})"});
  v1::ActionUpstream& upstream = *action.mutable_spec()->mutable_upstream();
  upstream.set_name("up");
  upstream.set_status(v1::COMPLETION_NEUTRAL);
  upstream.set_pipeline("second");
  upstream.add_via("first");
  upstream.add_via("second");
  const auto plan = Plan(action);
  ASSERT_TRUE(plan.ok()) << plan.status();
  const auto& env = plan->containers[0].spec.env;
  EXPECT_THAT(env, Contains("ER_UPSTREAM_NAME=up"));
  EXPECT_THAT(env, Contains("ER_UPSTREAM_STATUS=neutral"));
  EXPECT_THAT(env, Contains("ER_UPSTREAM_PIPELINE=second"));
  EXPECT_THAT(env, Contains("ER_UPSTREAM_VIA=first,second"));
}

TEST(RunPlan, PutsTheEventIntoFilesByteForByte) {
  v1::Event event = SomeEvent();
  event.mutable_spec()->clear_data();
  event.mutable_spec()->set_data_base64(std::string("\0\xFF\n", 3));
  (*event.mutable_spec()->mutable_extensions())["traceparent"] = "00-1";
  const auto plan = Plan(ActionOf({R"({"image":"x"})"}), event);
  ASSERT_TRUE(plan.ok()) << plan.status();
  ASSERT_NE(FileOf(*plan, ".event/data"), nullptr);
  EXPECT_EQ(*FileOf(*plan, ".event/data"), std::string("\0\xFF\n", 3));
  EXPECT_EQ(*FileOf(*plan, ".event/id"), "id-1");
  EXPECT_EQ(*FileOf(*plan, ".event/subject"), "") << "there even if empty";
  EXPECT_EQ(*FileOf(*plan, ".event/extensions/traceparent"), "00-1");
}

TEST(RunPlan, TakesNoExtensionForAPath) {
  for (const char* name : {"../../etc/passwd", "", "a/b", "Upper", "dot."}) {
    v1::Event event = SomeEvent();
    (*event.mutable_spec()->mutable_extensions())[name] = "x";
    EXPECT_EQ(Plan(ActionOf({R"({"image":"x"})"}), event).status().code(),
              absl::StatusCode::kInvalidArgument)
        << name;
  }
}

struct Refusal {
  const char* step;
  const char* field;
};

TEST(RunPlan, RefusesByNameWhatWouldChangeTheMeaning) {
  const std::vector<Refusal> refusals = {
      {R"({})", "spec.steps[0].image"},
      {R"({"image":"Bad Name"})", "spec.steps[0].image"},
      {R"({"image":7})", "spec.steps[0].image"},
      {R"({"image":"x","name":"Bad_Name"})", "spec.steps[0].name"},
      {R"({"image":"x","command":"sh"})", "spec.steps[0].command"},
      {R"({"image":"x","args":["a",1]})", "spec.steps[0].args[1]"},
      {R"({"image":"x","args":["a\u0000b"]})", "spec.steps[0].args[0]"},
      {R"({"image":"x","workingDir":"src"})", "spec.steps[0].workingDir"},
      {R"({"image":"x","env":[{"name":"A","valueFrom":{"secretKeyRef":{}}}]})",
       "spec.steps[0].env[0].valueFrom.secretKeyRef.name"},
      {R"({"image":"x","env":[{"name":"A","valueFrom":{"fieldRef":{}}}]})",
       "spec.steps[0].env[0].valueFrom.fieldRef"},
      {R"({"image":"x","env":[{"name":"A","value":"a","valueFrom":{"secretKeyRef":
           {"name":"s","key":"k","optional":true}}}]})",
       "spec.steps[0].env[0].valueFrom"},
      {R"({"image":"x","env":[{"name":"A=B","value":"c"}]})", "spec.steps[0].env[0].name"},
      {R"({"image":"x","envFrom":[{"secretRef":{"name":"s"}}]})",
       "spec.steps[0].envFrom[0].secretRef.name"},
      {R"({"image":"x","volumeMounts":[{"name":"v","mountPath":"/v"}]})",
       "spec.steps[0].volumeMounts[0].name"},
      {R"({"image":"x","ports":[{"containerPort":80,"hostPort":80}]})",
       "spec.steps[0].ports[0].hostPort"},
      {R"({"image":"x","lifecycle":{"preStop":{}}})", "spec.steps[0].lifecycle"},
      {R"({"image":"x","tty":true})", "spec.steps[0].tty"},
      {R"({"image":"x","imagePullPolicy":"Sometimes"})", "spec.steps[0].imagePullPolicy"},
      {R"({"image":"x","resources":{"limits":{"memory":"lots"}}})",
       "spec.steps[0].resources.limits.memory"},
      {R"({"image":"x","resources":{"limits":{"nvidia.com/gpu":1}}})",
       "spec.steps[0].resources.limits.nvidia.com/gpu"},
      {R"({"image":"x","securityContext":{"privileged":true}})",
       "spec.steps[0].securityContext.privileged"},
      {R"({"image":"x","securityContext":{"capabilities":{"add":["SYS_ADMIN"]}}})",
       "spec.steps[0].securityContext.capabilities.add"},
      {R"({"image":"x","securityContext":{"runAsUser":-1}})",
       "spec.steps[0].securityContext.runAsUser"},
      {R"({"image":"x","securityContext":{"runAsNonRoot":true}})",
       "spec.steps[0].securityContext.runAsNonRoot"},
      {R"({"image":"x","securityContext":{"seLinuxOptions":{}}})",
       "spec.steps[0].securityContext.seLinuxOptions"},
      {R"({"image":"x","imagee":"y"})", "spec.steps[0].imagee"},
  };
  for (const Refusal& refusal : refusals) {
    const absl::Status status = PlanStep(refusal.step).status();
    EXPECT_EQ(status.code(), absl::StatusCode::kInvalidArgument) << refusal.step;
    EXPECT_EQ(Field(status), refusal.field) << refusal.step;
    EXPECT_THAT(Message(status), HasSubstr(refusal.field));
  }
}

TEST(RunPlan, AllowsPrivilegesWhereTheAdapterDoes) {
  PlanOptions options;
  options.allow_privileged = true;
  const auto step = PlanStep(
      R"({"image":"x","securityContext":{"privileged":true,"capabilities":{"add":["NET_ADMIN"]}}})",
      options);
  ASSERT_TRUE(step.ok()) << step.status();
  EXPECT_TRUE(step->spec.privileged);
  EXPECT_THAT(step->spec.cap_add, ElementsAre("NET_ADMIN"));
}

TEST(RunPlan, SaysWhichPartOfABuildIsNotAvailableHere) {
  const auto field_of = [](const std::function<void(v1::BuildSpec&)>& change) {
    v1::Action action = ActionOf({R"({"image":"x"})"});
    change(*action.mutable_spec()->mutable_build());
    const absl::Status status = Plan(action).status();
    EXPECT_EQ(status.code(), absl::StatusCode::kInvalidArgument);
    EXPECT_THAT(Message(status), Not(HasSubstr("yet")));
    return Field(status);
  };
  EXPECT_EQ(field_of([](auto& build) {
              build.clear_steps();
              build.mutable_template_()->set_name("t");
            }),
            "spec.template.name");
  EXPECT_EQ(field_of([](auto& build) { build.set_executor("pod"); }), "spec.executor");
  EXPECT_EQ(field_of([](auto& build) { build.set_service_account_name("robot"); }),
            "spec.serviceAccountName");
  EXPECT_EQ(field_of([](auto& build) {
              *build.add_volumes() =
                  Fields(R"({"name":"v","persistentVolumeClaim":{"claimName":"c"}})");
            }),
            "spec.volumes[0].persistentVolumeClaim");
  EXPECT_EQ(field_of([](auto& build) {
              *build.mutable_source()->mutable_custom() = Fields(R"({"image":"Bad Name"})");
            }),
            "spec.source.custom.image");
  EXPECT_EQ(field_of([](auto& build) { build.set_timeout("tomorrow"); }), "spec.timeout");
  EXPECT_EQ(field_of([](auto& build) { build.clear_steps(); }), "spec.steps");
}

TEST(RunPlan, TellsASlipFromWhatIsNotAvailableHere) {
  EXPECT_EQ(Message(PlanStep(R"({"image":"a","comand":["x"]})").status()),
            "spec.steps[0].comand: is unknown; did you mean \"command\"?");
  EXPECT_EQ(Message(PlanStep(R"({"image":"a","env":[{"name":"A","valeu":"x"}]})").status()),
            "spec.steps[0].env[0].valeu: is unknown; did you mean \"value\"?");
  EXPECT_EQ(Message(PlanStep(R"({"image":"a","restartPolicy":"Always"})").status()),
            "spec.steps[0].restartPolicy: not available on one machine");
}

v1::Pipeline PipelineOf(const std::string& step) {
  v1::Pipeline pipeline;
  *pipeline.mutable_spec()->mutable_build()->add_steps() = Fields(step);
  return pipeline;
}

TEST(CheckPipeline, RefusesWhatIsWrongEverywhere) {
  const PlanOptions options;
  EXPECT_TRUE(CheckPipeline(PipelineOf(R"({"image":"a"})"), options).ok());
  EXPECT_EQ(Field(CheckPipeline(PipelineOf(R"({"image":"a","imgae":"b"})"), options)),
            "spec.steps[0].imgae");
  EXPECT_EQ(Field(CheckPipeline(PipelineOf(R"({"image":"a","args":"b"})"), options)),
            "spec.steps[0].args");
  EXPECT_EQ(
      Field(CheckPipeline(
          PipelineOf(R"({"image":"a","volumeMounts":[{"name":"v","mountPath":"/v"}]})"), options)),
      "spec.steps[0].volumeMounts[0].name");
}

TEST(CheckPipeline, TakesWhatIsMeantForOtherPlaces) {
  v1::Pipeline pipeline = PipelineOf(R"({"image":"a",
      "env":[{"name":"A","valueFrom":{"secretKeyRef":{"name":"later","key":"k"}}}],
      "volumeMounts":[{"name":"v","mountPath":"/v"}]})");
  *pipeline.mutable_spec()->mutable_build()->add_volumes() =
      Fields(R"({"name":"v","persistentVolumeClaim":{"claimName":"c"}})");
  EXPECT_TRUE(CheckPipeline(pipeline, {}).ok());
  *pipeline.mutable_spec()->mutable_build()->mutable_volumes(0) =
      Fields(R"({"name":"v","configMap":{"name":"later"}})");
  EXPECT_TRUE(CheckPipeline(pipeline, {}).ok());
  pipeline.mutable_spec()->mutable_build()->set_service_account_name("builder");
  EXPECT_TRUE(CheckPipeline(pipeline, {}).ok());
}

TEST(RunPlan, RefusesTwoStepsOfOneName) {
  const absl::Status status =
      Plan(ActionOf({R"({"image":"x","name":"a"})", R"({"image":"x","name":"a"})"})).status();
  EXPECT_EQ(Field(status), "spec.steps[1].name");
}

}  // namespace
}  // namespace eventreactor::local
