#include "libs/domain/run_containers.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "libs/domain/fixtures.h"
#include "libs/status/status.h"

namespace eventreactor {
namespace {

using ::testing::ElementsAre;

google::protobuf::Struct Step(const std::string& name) {
  google::protobuf::Struct step = fixtures::Container("busybox");
  if (!name.empty()) (*step.mutable_fields())["name"].set_string_value(name);
  return step;
}

std::vector<std::string> StepNames(const v1::BuildSpec& build) {
  const auto containers = RunContainers(build);
  EXPECT_TRUE(containers.ok()) << containers.status();
  std::vector<std::string> names;
  if (!containers.ok()) return names;
  for (const RunContainer& container : *containers) names.push_back(container.name);
  return names;
}

TEST(RunContainers, AreSourcesThenStepsEachByItsName) {
  v1::BuildSpec build;
  for (const char* name : {"one", "two"}) {
    v1::SourceSpec& source = *build.add_sources();
    source.set_name(name);
    source.mutable_git()->set_url("https://example.com/x.git");
  }
  *build.add_steps() = Step("");
  *build.add_steps() = Step("test");
  EXPECT_THAT(StepNames(build), ElementsAre("build-source-one", "build-source-two",
                                            "build-step-unnamed-0", "build-step-test"));
}

TEST(RunContainers, ALoneSourceIsNamedByItsKind) {
  v1::BuildSpec build;
  *build.add_steps() = Step("");
  build.mutable_source()->mutable_git()->set_url("u");
  EXPECT_EQ(StepNames(build)[0], "build-source-git");
  build.mutable_source()->clear_git();
  build.mutable_source()->mutable_gcs()->set_type("Archive");
  build.mutable_source()->mutable_gcs()->set_location("gs://b/o");
  EXPECT_EQ(StepNames(build)[0], "build-source-gcs");
  build.mutable_source()->clear_gcs();
  *build.mutable_source()->mutable_custom() = fixtures::Container("busybox");
  EXPECT_EQ(StepNames(build)[0], "build-source-custom");
}

TEST(RunContainers, KnowWhereTheyStand) {
  v1::BuildSpec build;
  *build.mutable_source()->mutable_custom() = fixtures::Container("busybox");
  *build.add_steps() = Step("a");
  const auto containers = RunContainers(build);
  ASSERT_TRUE(containers.ok()) << containers.status();
  EXPECT_EQ((*containers)[0].field, "spec.source");
  EXPECT_EQ((*containers)[0].source, &build.source());
  EXPECT_EQ((*containers)[1].field, "spec.steps[0]");
  EXPECT_EQ((*containers)[1].step, &build.steps(0));
}

TEST(RunContainers, RefuseWhatCannotRunByItsField) {
  v1::BuildSpec build;
  EXPECT_EQ(Field(RunContainers(build).status()), "spec.steps");
  *build.add_steps() = Step("unnamed-1");
  *build.add_steps() = Step("");
  EXPECT_EQ(Field(RunContainers(build).status()), "spec.steps[1].name");
  build.clear_steps();
  *build.add_steps() = Step("a");
  *build.mutable_source()->mutable_custom() = fixtures::Container("busybox");
  build.mutable_source()->set_target_path("sub");
  EXPECT_EQ(Field(RunContainers(build).status()), "spec.source.targetPath");
  build.clear_source();
  build.clear_steps();
  build.mutable_template_()->set_name("t");
  EXPECT_EQ(Field(RunContainers(build).status()), "spec.template");
}

}  // namespace
}  // namespace eventreactor
