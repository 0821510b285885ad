// How runs end, are ended, and what comes after that.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "libs/domain/run_fixtures.h"
#include "libs/status/status.h"

namespace eventreactor {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

TEST(Decide, WritesDownHowLongTheRunTook) {
  const std::pair<absl::Duration, std::string> cases[] = {
      {absl::ZeroDuration(), "0"},
      {absl::Milliseconds(3200), "3.2s"},
      {absl::Milliseconds(59999), "59.999s"},
      {absl::Milliseconds(65700), "1m5s"},
      {absl::Hours(2), "2h"},
  };
  for (const auto& [took, shown] : cases) {
    Facts facts = Begun();
    facts.time_of_day = kCreated + took + absl::Seconds(9);
    facts.observation->steps = {Ended("build-step-one", 0, kCreated + took)};
    facts.observation->result = RunResult{v1::COMPLETION_SUCCESS, "Completed", "all well"};
    EXPECT_EQ(Decide(facts).status->duration(), shown);
  }
}

TEST(Decide, WritesTheStartDownIfAnEarlierProcessCouldNot) {
  Facts facts = Begun();
  facts.action.mutable_status()->clear_start_time();
  const Plan plan = Decide(facts);
  EXPECT_EQ(plan.status->start_time().seconds(), absl::ToUnixSeconds(kCreated));
}

// Takes the plan's status for stored.
Facts Stored(Facts facts, const Plan& plan) {
  *facts.action.mutable_status() = *plan.status;
  return facts;
}

TEST(Decide, StopsARunThatTakesTooLongOnceThatIsStored) {
  Facts facts = Begun();
  facts.action.mutable_spec()->mutable_build()->set_timeout("5s");
  const Plan first = Decide(facts);
  EXPECT_EQ(first.stop, StopReason::kNone);
  EXPECT_EQ(Succeeded(first).reason(), "BuildTimeout");
  EXPECT_EQ(Succeeded(first).status(), "Unknown") << "only once the containers have ended";
  EXPECT_FALSE(first.status->has_completion_time());
  EXPECT_EQ(first.look_again, kNow);
  const Plan then = Decide(Stored(facts, first));
  EXPECT_EQ(then.stop, StopReason::kTimeout);
  EXPECT_FALSE(then.start);
  EXPECT_FALSE(then.status);
  EXPECT_EQ(then.look_again, kNow + absl::Seconds(10));
}

TEST(Decide, TheTimeoutSurvivesARestart) {
  Facts facts = Begun();
  facts.action.mutable_spec()->mutable_build()->set_timeout("5s");
  facts.observation.reset();
  const Plan first = Decide(facts);
  EXPECT_FALSE(first.start) << "an executor may end at once what it takes up";
  const Plan plan = Decide(Stored(facts, first));
  EXPECT_TRUE(plan.start) << "taken up, to be ended in order";
  EXPECT_EQ(plan.stop, StopReason::kTimeout);
}

TEST(Decide, CancelsBeforeTheStartWithoutContainers) {
  for (Facts facts : {Created(), Startable()}) {
    facts.action.mutable_spec()->set_status(kBuildCancelled);
    facts.action.mutable_metadata()->set_generation(2);
    const Plan plan = Decide(facts);
    EXPECT_FALSE(plan.start);
    EXPECT_EQ(plan.stop, StopReason::kNone);
    ASSERT_TRUE(plan.status);
    EXPECT_EQ(plan.status->completion(), v1::COMPLETION_FAILURE);
    EXPECT_EQ(Succeeded(plan).reason(), "BuildCancelled");
    EXPECT_EQ(plan.status->observed_generation(), 2);
    EXPECT_TRUE(plan.status->has_completion_time());
  }
}

TEST(Decide, CancelsARunByStoppingItOnceThatIsStored) {
  Facts facts = Begun();
  facts.action.mutable_spec()->set_status(kBuildCancelled);
  const Plan first = Decide(facts);
  EXPECT_EQ(first.stop, StopReason::kNone);
  EXPECT_EQ(Succeeded(first).reason(), "BuildCancelled");
  EXPECT_EQ(first.look_again, kNow);
  EXPECT_EQ(Decide(Stored(facts, first)).stop, StopReason::kCancelled);
}

TEST(Decide, ARunThatMadeTheBestOfTheSignalWasCancelledAllTheSame) {
  Facts facts = Begun();
  facts.action.mutable_spec()->set_status(kBuildCancelled);
  facts = Stored(facts, Decide(facts));
  // Seen by the next process, which told it nothing.
  facts.observation->result = RunResult{v1::COMPLETION_SUCCESS, "Completed", "all exited with 0"};
  const Plan plan = Decide(facts);
  EXPECT_EQ(plan.status->completion(), v1::COMPLETION_FAILURE);
  EXPECT_EQ(Succeeded(plan).reason(), "BuildCancelled");
  EXPECT_EQ(Succeeded(plan).message(), "cancelled; when it had ended: all exited with 0");
}

TEST(Decide, AnEndThatTheExecutorExplainsStaysItsOwn) {
  Facts facts = Begun();
  facts.action.mutable_spec()->set_status(kBuildCancelled);
  facts = Stored(facts, Decide(facts));
  facts.observation->result = RunResult{v1::COMPLETION_FAILURE, kBuildCancelled,
                                        "cancelled while build-step-a was running"};
  EXPECT_EQ(Succeeded(Decide(facts)).message(), "cancelled while build-step-a was running");
}

TEST(Decide, ARunThatEndedBeforeItWasStoppedEndsAsItDid) {
  Facts facts = Begun();
  facts.action.mutable_spec()->set_status(kBuildCancelled);
  facts.observation->result = RunResult{v1::COMPLETION_SUCCESS, "Completed", ""};
  const Plan plan = Decide(facts);
  EXPECT_EQ(plan.stop, StopReason::kNone);
  EXPECT_EQ(plan.status->completion(), v1::COMPLETION_SUCCESS);
}

TEST(Decide, EndsAsTheExecutorSays) {
  struct Case {
    v1::Completion completion;
    const char* condition;
  };
  for (const Case& c :
       {Case{v1::COMPLETION_SUCCESS, "True"}, Case{v1::COMPLETION_FAILURE, "False"},
        Case{v1::COMPLETION_NEUTRAL, "False"}, Case{v1::COMPLETION_UNKNOWN, "False"}}) {
    Facts facts = Begun();
    facts.observation->result = RunResult{c.completion, "Why", "in words"};
    const Plan plan = Decide(facts);
    ASSERT_TRUE(plan.status);
    EXPECT_EQ(plan.status->completion(), c.completion);
    EXPECT_EQ(Succeeded(plan).status(), c.condition);
    EXPECT_EQ(Succeeded(plan).reason(), "Why");
    EXPECT_EQ(Succeeded(plan).message(), "in words");
    EXPECT_EQ(Succeeded(plan).last_transition_time().seconds(), absl::ToUnixSeconds(kNow));
    EXPECT_FALSE(plan.remove) << "nothing is removed before the end is stored";
    EXPECT_FALSE(plan.publish);
  }
}

TEST(Decide, ARunEndsWhenItsLastContainerDid) {
  Facts facts = Begun();
  facts.time_of_day = kCreated + absl::Minutes(8);  // the adapter was away
  facts.observation->steps = {Ended("build-step-one", 0, kCreated + absl::Seconds(3))};
  facts.observation->result = RunResult{v1::COMPLETION_SUCCESS, "Completed", ""};
  EXPECT_EQ(Decide(facts).status->completion_time().seconds(),
            absl::ToUnixSeconds(kCreated + absl::Seconds(3)));
}

TEST(Decide, TheTransitionTimeStaysWhileTheStatusDoes) {
  const Plan plan = Decide(Startable());
  EXPECT_EQ(Succeeded(plan).last_transition_time().seconds(), absl::ToUnixSeconds(kCreated));
}

TEST(Decide, BoundsTheLogsInTheStatus) {
  Facts facts = Begun();
  facts.tail_bytes = 10;
  facts.observation->tails = {std::string(100, 'a'), std::string(100, 'b')};
  EXPECT_THAT(Decide(facts).status->step_logs(), ElementsAre("aaaaa", "bbbbb"));
}

TEST(Decide, ATimeoutThatIsNoneFailsWithoutContainers) {
  Facts facts = Startable();
  facts.action.mutable_spec()->mutable_build()->set_timeout("soon");
  const Plan plan = Decide(facts);
  EXPECT_FALSE(plan.start);
  EXPECT_EQ(Succeeded(plan).reason(), "BuildValidationFailed");
  EXPECT_THAT(Succeeded(plan).message(), HasSubstr("soon"));
}

TEST(Decide, PublishesTheEndAndRemovesWhatTheRunLeft) {
  const Plan plan = Decide(Finished());
  EXPECT_FALSE(plan.status);
  EXPECT_TRUE(plan.publish);
  EXPECT_TRUE(plan.remove);
}

TEST(Decide, RemovesWhatARunMayHaveLeftThatNobodyKnowsOf) {
  Facts facts = Finished();
  facts.observation.reset();
  EXPECT_TRUE(Decide(facts).remove);
  facts.removed = true;
  EXPECT_FALSE(Decide(facts).remove);
}

TEST(Decide, PublishesAgainUntilItIsDispatched) {
  Facts facts = Finished();
  facts.removed = true;
  facts.published_at = kNow;
  facts.now = kNow + absl::Minutes(5) - absl::Seconds(1);
  Plan plan = Decide(facts);
  EXPECT_FALSE(plan.publish);
  EXPECT_FALSE(plan.remove);
  EXPECT_EQ(plan.look_again, kNow + absl::Minutes(5));

  facts.now = plan.look_again;
  EXPECT_TRUE(Decide(facts).publish);

  *facts.action.mutable_status()->mutable_dispatch_time() = At(facts.now);
  plan = Decide(facts);
  EXPECT_FALSE(plan.publish);
  EXPECT_EQ(plan.look_again, absl::InfiniteFuture());
}

TEST(Decide, ATerminalStatusStaysWhatItIs) {
  Facts facts = Finished();
  facts.action.mutable_spec()->set_status(kBuildCancelled);
  facts.observation->result = RunResult{v1::COMPLETION_FAILURE, "Other", ""};
  facts.now += absl::Hours(48);
  const Plan plan = Decide(facts);
  EXPECT_FALSE(plan.status);
  EXPECT_FALSE(plan.start);
  EXPECT_EQ(plan.stop, StopReason::kNone);
}

TEST(ActionTimeout, ReadsGoDurations) {
  struct Case {
    const char* text;
    absl::Duration expected;
  };
  for (const Case& c : {Case{"", absl::Minutes(10)}, Case{"90s", absl::Seconds(90)},
                        Case{"1h30m", absl::Minutes(90)}, Case{"1.5s", absl::Milliseconds(1500)},
                        Case{"24h", absl::Hours(24)}}) {
    v1::BuildSpec build;
    build.set_timeout(c.text);
    const auto timeout = ActionTimeout(build);
    ASSERT_TRUE(timeout.ok()) << c.text;
    EXPECT_EQ(*timeout, c.expected) << c.text;
  }
}

TEST(ActionTimeout, RefusesTheRestNamingTheField) {
  for (const char* text : {"10", "soon", "0s", "-1s", "25h", "inf", "24h1ns"}) {
    v1::BuildSpec build;
    build.set_timeout(text);
    const auto timeout = ActionTimeout(build);
    EXPECT_EQ(timeout.status().code(), absl::StatusCode::kInvalidArgument) << text;
    EXPECT_EQ(Field(timeout.status()), "spec.timeout") << text;
    EXPECT_THAT(Message(timeout.status()), HasSubstr(text));
  }
}

TEST(ResultOfSteps, FollowsTheExitCodes) {
  EXPECT_EQ(ResultOfSteps({Ended("a", 0), Ended("b", 0)}).completion, v1::COMPLETION_SUCCESS);
  EXPECT_EQ(ResultOfSteps({Ended("a", 0), Ended("b", 78)}).completion, v1::COMPLETION_NEUTRAL);
  EXPECT_EQ(ResultOfSteps({Ended("a", 78), Ended("b", 1)}).completion, v1::COMPLETION_FAILURE);
  EXPECT_EQ(ResultOfSteps({Ended("a", 1), Running("b")}).completion, v1::COMPLETION_FAILURE);
  EXPECT_EQ(ResultOfSteps({}).completion, v1::COMPLETION_UNKNOWN);
  EXPECT_EQ(ResultOfSteps({Running("a")}).completion, v1::COMPLETION_UNKNOWN);
}

TEST(ResultOfSteps, NamesTheContainerAndWhatItSaid) {
  v1::StepState step = Ended("build-step-test", 137);
  step.mutable_terminated()->set_reason("OOMKilled");
  const RunResult result = ResultOfSteps({step});
  EXPECT_EQ(result.reason, "BuildExecuteFailed");
  EXPECT_EQ(result.message, "build-step-test exited with 137 (OOMKilled)");
}

}  // namespace
}  // namespace eventreactor
