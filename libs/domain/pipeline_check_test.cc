#include "libs/domain/pipeline_check.h"

#include <gmock/gmock.h>
#include <google/protobuf/util/json_util.h>
#include <gtest/gtest.h>

#include <functional>

#include "libs/domain/fixtures.h"
#include "libs/domain/matching.h"
#include "libs/status/status.h"

namespace eventreactor {
namespace {

using fixtures::ChainedPipeline;
using fixtures::Container;
using fixtures::EventPipeline;
using ::testing::HasSubstr;

// protobuf's own JSON: the fields of a build stand below "build".
v1::BuildSpec Build(const std::string& text) {
  v1::BuildSpec build;
  const auto status = google::protobuf::util::JsonStringToMessage(text, &build);
  EXPECT_TRUE(status.ok()) << status.ToString();
  return build;
}

v1::Pipeline RunningBuild(const std::string& build_json) {
  v1::Pipeline pipeline = EventPipeline("p", "push");
  *pipeline.mutable_spec()->mutable_build() = Build(build_json);
  return pipeline;
}

class GoodBuildTest : public ::testing::TestWithParam<const char*> {};

TEST_P(GoodBuildTest, IsAccepted) {
  const absl::Status status = CheckPipeline(RunningBuild(GetParam()));
  EXPECT_TRUE(status.ok()) << status;
}

INSTANTIATE_TEST_SUITE_P(
    All, GoodBuildTest,
    ::testing::Values(
        R"({"steps": [{"image": "busybox"}]})",
        R"({"steps": [{"name": "one", "image": "a/b:c@sha256:0"}, {"name": "two", "image": "x"}]})",
        R"({"steps": [{"image": "x"}, {"image": "x"}]})",
        R"({"steps": [{"image": "x", "command": ["sh"], "args": ["-c", "true"],
             "workingDir": "/w", "env": [{"name": "A", "value": "1"},
             {"name": "B", "valueFrom": {"fieldRef": {}}}], "resources": {"limits": {"cpu": 1}},
             "anything": {"kubernetes": "has"}}]})",
        R"({"steps": [{"image": "x", "env": null, "args": []}]})",
        R"({"steps": [{"image": "x"}], "timeout": "24h"})",
        R"({"steps": [{"image": "x"}], "timeout": "1ns"})",
        R"({"steps": [{"image": "x"}], "source": {"git": {"url": "https://h/r"}}})",
        R"({"steps": [{"image": "x"}], "source": {"custom": {"image": "x"}, "subPath": "a/b"}})",
        R"({"steps": [{"image": "x"}], "source":
             {"gcs": {"type": "Archive", "location": "gs://b/o"}, "targetPath": "t"}})",
        R"({"steps": [{"image": "x"}], "sources": [
             {"name": "a", "git": {"url": "u"}}, {"name": "b", "custom": {"image": "x"}}]})",
        R"({"template": {"name": "t", "kind": "ClusterBuildTemplate",
             "arguments": [{"name": "A"}, {"name": "B"}], "env": [{"name": "A"}]}})",
        R"({"steps": [{"image": "x"}], "volumes": [{"name": "v", "emptyDir": {}}],
             "serviceAccountName": "builder", "nodeSelector": {"a/b": "c"}, "affinity": {}})"));

struct BadBuild {
  const char* build;
  const char* field;
  const char* message;
};

class BadBuildTest : public ::testing::TestWithParam<BadBuild> {};

TEST_P(BadBuildTest, IsRefusedNamingTheField) {
  const absl::Status status = CheckPipeline(RunningBuild(GetParam().build));
  EXPECT_EQ(status.code(), absl::StatusCode::kInvalidArgument);
  EXPECT_EQ(Field(status), GetParam().field);
  EXPECT_EQ(Message(status).rfind(std::string(GetParam().field) + ": ", 0), 0U) << status;
  EXPECT_THAT(Message(status), HasSubstr(GetParam().message));
}

INSTANTIATE_TEST_SUITE_P(
    Steps, BadBuildTest,
    ::testing::Values(
        BadBuild{R"({})", "spec.steps", "is empty"},
        BadBuild{R"({"steps": [{"name": "a"}]})", "spec.steps[0].image", "is missing"},
        BadBuild{R"({"steps": [{"image": ""}]})", "spec.steps[0].image", "is missing"},
        BadBuild{R"({"steps": [{"image": "a b"}]})", "spec.steps[0].image", "no image reference"},
        BadBuild{R"({"steps": [{"image": 1}]})", "spec.steps[0].image", "is no string"},
        BadBuild{R"({"steps": [{"image": "x", "name": "A"}]})", "spec.steps[0].name", "\"A\""},
        BadBuild{R"({"steps": [{"image": "x", "name": "a."}]})", "spec.steps[0].name", "a-z 0-9 -"},
        BadBuild{R"({"steps": [{"image": "x", "name":
              "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"}]})",
                 "spec.steps[0].name", "at most 52"},
        BadBuild{R"({"steps": [{"image": "x", "name": "a"}, {"image": "x", "name": "a"}]})",
                 "spec.steps[1].name", "taken by a step before"},
        BadBuild{R"({"steps": [{"image": "x", "args": "-c"}]})", "spec.steps[0].args",
                 "is no list"},
        BadBuild{R"({"steps": [{"image": "x", "args": ["a", 1]}]})", "spec.steps[0].args[1]",
                 "quotes"},
        BadBuild{R"({"steps": [{"image": "x", "command": ["a\u0000b"]}]})",
                 "spec.steps[0].command[0]", "NUL"},
        BadBuild{R"({"steps": [{"image": "x", "env": {"A": "b"}}]})", "spec.steps[0].env",
                 "is no list"},
        BadBuild{R"({"steps": [{"image": "x", "env": ["A=b"]}]})", "spec.steps[0].env[0]",
                 "is no object"},
        BadBuild{R"({"steps": [{"image": "x", "env": [{"value": "1"}]}]})",
                 "spec.steps[0].env[0].name", "no variable's name"},
        BadBuild{R"({"steps": [{"image": "x", "env": [{"name": "A=B"}]}]})",
                 "spec.steps[0].env[0].name", "A=B"},
        BadBuild{R"({"steps": [{"image": "x", "env": [{"name": "A", "value": 1}]}]})",
                 "spec.steps[0].env[0].value", "quotes"},
        BadBuild{R"({"steps": [{"image": "x", "workingDir": 1}]})", "spec.steps[0].workingDir",
                 "is no string"}));

INSTANTIATE_TEST_SUITE_P(
    Rest, BadBuildTest,
    ::testing::Values(
        BadBuild{R"({"steps": [{"image": "x"}], "template": {"name": "t"}})", "spec.template",
                 "beside steps"},
        BadBuild{R"({"template": {}})", "spec.template.name", "no BuildTemplate's name"},
        BadBuild{R"({"template": {"name": "t", "kind": "Other"}})", "spec.template.kind", "Other"},
        BadBuild{R"({"template": {"name": "t", "arguments": [{"value": "v"}]}})",
                 "spec.template.arguments[0].name", "is missing"},
        BadBuild{R"({"template": {"name": "t", "arguments": [{"name": "a"}, {"name": "a"}]}})",
                 "spec.template.arguments[1].name", "twice"},
        BadBuild{R"({"template": {"name": "t", "env": [{}]}})", "spec.template.env[0].name",
                 "no variable's name"},
        BadBuild{R"({"steps": [{"image": "x"}], "timeout": "10"})", "spec.timeout",
                 "is no duration"},
        BadBuild{R"({"steps": [{"image": "x"}], "timeout": "0s"})", "spec.timeout", "out of range"},
        BadBuild{R"({"steps": [{"image": "x"}], "timeout": "-1s"})", "spec.timeout",
                 "out of range"},
        BadBuild{R"({"steps": [{"image": "x"}], "timeout": "24h0m1s"})", "spec.timeout", "24h"},
        BadBuild{R"({"steps": [{"image": "x"}], "volumes": [{}]})", "spec.volumes[0].name",
                 "no name"},
        BadBuild{R"({"steps": [{"image": "x"}], "volumes": [{"name": "a"}, {"name": "a"}]})",
                 "spec.volumes[1].name", "taken"},
        BadBuild{R"({"steps": [{"image": "x"}], "serviceAccountName": "A B"})",
                 "spec.serviceAccountName", "A B"},
        BadBuild{R"({"steps": [{"image": "x"}], "nodeSelector": {"a b": "c"}})",
                 "spec.nodeSelector", "a b=c"}));

INSTANTIATE_TEST_SUITE_P(
    Sources, BadBuildTest,
    ::testing::Values(
        BadBuild{R"({"source": {}, "steps": [{"image": "x"}]})", "spec.source.git", "exactly one"},
        BadBuild{R"({"source": {"git": {"url": "u"}, "custom": {"image": "x"}}})",
                 "spec.source.git", "has 2 of"},
        BadBuild{R"({"source": {"git": {}}})", "spec.source.git.url", "is missing"},
        BadBuild{R"({"source": {"custom": {}}})", "spec.source.custom.image", "is missing"},
        BadBuild{R"({"source": {"gcs": {"type": "Zip", "location": "gs://b"}}})",
                 "spec.source.gcs.type", "Zip"},
        BadBuild{R"({"source": {"gcs": {"type": "Archive", "location": "s3://b"}}})",
                 "spec.source.gcs.location", "s3://b"},
        BadBuild{R"({"source": {"git": {"url": "u"}, "subPath": "../x"}})", "spec.source.subPath",
                 "leads out"},
        BadBuild{R"({"source": {"git": {"url": "u"}, "subPath": "/x"}})", "spec.source.subPath",
                 "leads out"},
        BadBuild{R"({"source": {"git": {"url": "u"}, "targetPath": "a/.."}})",
                 "spec.source.targetPath", "leads out"},
        BadBuild{R"({"source": {"git": {"url": "u"}}, "sources": [{"git": {"url": "u"}}]})",
                 "spec.sources", "beside source"},
        BadBuild{R"({"sources": [{"git": {"url": "u"}}]})", "spec.sources[0].name", "needs a name"},
        BadBuild{R"({"sources": [{"name": "a", "git": {"url": "u"}}, {"name": "a",
              "git": {"url": "u"}}]})",
                 "spec.sources[1].name", "taken"},
        BadBuild{R"({"sources": [{"name": "A", "git": {"url": "u"}}]})", "spec.sources[0].name",
                 "A"},
        BadBuild{R"({"sources": [{"name": "a", "git": {"url": "u"}, "subPath": "x"}, {"name": "b",
              "git": {"url": "u"}, "subPath": "y"}]})",
                 "spec.sources[1].subPath", "only one /workspace"}));

struct BadChange {
  const char* field;
  std::function<void(v1::Pipeline&)> change;
};

TEST(PipelineCheckTest, BadMetadataAndTriggersAreRefusedNamingTheField) {
  const BadChange cases[] = {
      {"metadata.name", [](auto& p) { p.mutable_metadata()->set_name(""); }},
      {"metadata.name", [](auto& p) { p.mutable_metadata()->set_name("Upper"); }},
      {"metadata.name", [](auto& p) { p.mutable_metadata()->set_name("../../etc"); }},
      {"metadata.name", [](auto& p) { p.mutable_metadata()->set_name(std::string(254, 'a')); }},
      {"metadata.namespace", [](auto& p) { p.mutable_metadata()->set_namespace_("a.b"); }},
      {"metadata.labels[\"a b\"]",
       [](auto& p) { (*p.mutable_metadata()->mutable_labels())["a b"] = ""; }},
      {"metadata.labels.a",
       [](auto& p) { (*p.mutable_metadata()->mutable_labels())["a"] = "b c"; }},
      {"metadata.annotations[\"\"]",
       [](auto& p) { (*p.mutable_metadata()->mutable_annotations())[""] = "x"; }},
      {"spec.trigger", [](auto& p) { p.mutable_spec()->clear_trigger(); }},
      {"spec.trigger", [](auto& p) { p.mutable_spec()->mutable_trigger()->mutable_pipeline(); }},
      {"spec.trigger.event.type",
       [](auto& p) { p.mutable_spec()->mutable_trigger()->mutable_event()->clear_type(); }},
      {"spec.trigger.event.type",
       [](auto& p) {
         p.mutable_spec()->mutable_trigger()->mutable_event()->set_type(std::string(256, 'a'));
       }},
      {"spec.trigger.event.type",
       [](auto& p) { p.mutable_spec()->mutable_trigger()->mutable_event()->set_type("a\nb"); }},
      {"spec.steps",
       [](auto& p) {
         for (int i = 0; i < 64; ++i) {
           *p.mutable_spec()->mutable_build()->add_steps() = Container("x");
         }
       }},
      {"spec",
       [](auto& p) {
         (*p.mutable_metadata()->mutable_annotations())["note"] = std::string(256 << 10, 'x');
       }},
  };
  for (const BadChange& c : cases) {
    v1::Pipeline pipeline = EventPipeline("p", "push");
    ASSERT_TRUE(CheckPipeline(pipeline).ok());
    c.change(pipeline);
    const absl::Status status = CheckPipeline(pipeline);
    EXPECT_EQ(status.code(), absl::StatusCode::kInvalidArgument) << c.field;
    EXPECT_EQ(Field(status), c.field);
  }
}

TEST(PipelineCheckTest, BadFiltersOfAChainedPipelineAreRefused) {
  v1::Pipeline pipeline = ChainedPipeline("p", "Not A Name");
  EXPECT_EQ(Field(CheckPipeline(pipeline)), "spec.trigger.pipeline.name");
  pipeline = ChainedPipeline("p", "up");
  pipeline.mutable_spec()->mutable_trigger()->mutable_pipeline()->set_status(
      static_cast<v1::Completion>(99));
  EXPECT_EQ(Field(CheckPipeline(pipeline)), "spec.trigger.pipeline.status");
}

TEST(PipelineCheckTest, TheBoundsThemselvesAreAllowed) {
  v1::Pipeline pipeline = EventPipeline(std::string(253, 'a'), std::string(255, 't'));
  for (int i = 0; i < 63; ++i) {
    *pipeline.mutable_spec()->mutable_build()->add_steps() = Container("x");
  }
  EXPECT_TRUE(CheckPipeline(pipeline).ok()) << CheckPipeline(pipeline);
  pipeline.mutable_metadata()->clear_namespace_();
  EXPECT_TRUE(CheckPipeline(pipeline).ok()) << "the adapter fills the namespace in";
}

}  // namespace
}  // namespace eventreactor
