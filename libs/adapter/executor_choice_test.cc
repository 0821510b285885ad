#include "libs/adapter/executor_choice.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "libs/adapter/fake_executor.h"
#include "libs/status/status.h"

namespace eventreactor {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::UnorderedElementsAre;

class AChoice : public ::testing::Test {
 protected:
  AChoice() {
    choice_.SetListener([this](const RunKey& key) { told_.push_back(key.name); });
  }
  static v1::Action Named(const std::string& name, const std::string& executor = "") {
    v1::Action action;
    action.mutable_metadata()->set_namespace_("team");
    action.mutable_metadata()->set_name(name);
    action.mutable_metadata()->set_uid("u-" + name);
    action.mutable_spec()->mutable_build()->set_executor(executor);
    return action;
  }
  void Start(const v1::Action& action) {
    const absl::Status status = choice_.Start(action, v1::Event());
    EXPECT_TRUE(status.ok()) << status;
  }

  FakeExecutor pods_;
  FakeExecutor builds_;
  std::vector<std::string> told_;
  ExecutorChoice choice_{{{"pod", &pods_}, {"knative-build", &builds_}}, "pod"};
};

TEST_F(AChoice, RunsEachActionWhereItAsksToRun) {
  Start(Named("one"));
  Start(Named("two", "knative-build"));
  Start(Named("three", "pod"));
  EXPECT_THAT(pods_.Running(), ElementsAre("one", "three"));
  EXPECT_THAT(builds_.Running(), ElementsAre("two"));
  EXPECT_EQ(choice_.List()->size(), 3U);
}

TEST_F(AChoice, ObservesAndStopsARunWhereItRuns) {
  Start(Named("two", "knative-build"));
  EXPECT_TRUE(choice_.Observe("u-two"));
  EXPECT_FALSE(choice_.Observe("u-other"));
  choice_.Stop("u-two", StopReason::kCancelled);
  EXPECT_TRUE(choice_.Observe("u-two")->result);
  ASSERT_TRUE(choice_.Remove({"team", "two", "u-two"}).ok());
  EXPECT_FALSE(choice_.Observe("u-two"));
  EXPECT_FALSE(builds_.Left("u-two"));
}

TEST_F(AChoice, FailsAnActionThatAsksForWhatIsNotHere) {
  Start(Named("four", "tekton"));
  const auto seen = choice_.Observe("u-four");
  ASSERT_TRUE(seen && seen->result);
  EXPECT_EQ(seen->result->completion, v1::COMPLETION_FAILURE);
  EXPECT_THAT(seen->result->message, HasSubstr("\"tekton\" is not available here"));
  EXPECT_THAT(told_, ElementsAre("four"));
  ASSERT_TRUE(choice_.Remove({"team", "four", "u-four"}).ok());
  EXPECT_FALSE(choice_.Observe("u-four"));
}

TEST_F(AChoice, LeavesARunWhereItWasBegunThoughTheDefaultIsAnotherNow) {
  Start(Named("one"));
  // The next process, with another default.
  ExecutorChoice next({{"pod", &pods_}, {"knative-build", &builds_}}, "knative-build");
  ASSERT_TRUE(next.Start(Named("one"), v1::Event()).ok());
  ASSERT_TRUE(next.Start(Named("two"), v1::Event()).ok());
  EXPECT_THAT(pods_.Running(), ElementsAre("one"));
  EXPECT_THAT(builds_.Running(), ElementsAre("two"));
}

TEST_F(AChoice, WaitsUntilItIsKnownWhereARunMayBe) {
  builds_.Fail(MakeStatus(absl::StatusCode::kUnavailable, "X", "not listed yet"));
  EXPECT_FALSE(choice_.Start(Named("one"), v1::Event()).ok());
  EXPECT_FALSE(choice_.List().ok());
  EXPECT_THAT(pods_.Running(), IsEmpty());
  builds_.Fail(absl::OkStatus());
  Start(Named("one"));
  EXPECT_THAT(pods_.Running(), UnorderedElementsAre("one"));
}

TEST_F(AChoice, ReportsAFailureToRemoveAndRemovesElsewhereNonetheless) {
  Start(Named("one"));
  builds_.Fail(MakeStatus(absl::StatusCode::kUnavailable, "X", "down"));
  EXPECT_FALSE(choice_.Remove({"team", "one", "u-one"}).ok());
  EXPECT_FALSE(pods_.Left("u-one"));
}

}  // namespace
}  // namespace eventreactor
