#include "libs/domain/run.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "libs/status/status.h"

namespace eventreactor {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

const absl::Time kCreated = absl::FromUnixSeconds(1'000'000);
const absl::Time kNow = kCreated + absl::Seconds(5);

google::protobuf::Timestamp At(absl::Time time) {
  google::protobuf::Timestamp proto;
  const int64_t millis = absl::ToUnixMillis(time);
  proto.set_seconds(millis / 1000);
  proto.set_nanos(static_cast<int32_t>(millis % 1000) * 1'000'000);
  return proto;
}

v1::StepState Ended(const std::string& name, int code, absl::Time at = kNow) {
  v1::StepState step;
  step.set_name(name);
  step.mutable_terminated()->set_exit_code(code);
  *step.mutable_terminated()->mutable_finished_at() = At(at);
  return step;
}

v1::StepState Running(const std::string& name) {
  v1::StepState step;
  step.set_name(name);
  step.mutable_running();
  return step;
}

bool IsEnd(const Plan& plan) {
  return plan.status && plan.status->completion() != v1::COMPLETION_UNSPECIFIED;
}

// An Action as it was created, waiting for its Event.
Facts Created() {
  Facts facts;
  facts.now = kNow;
  facts.action.mutable_metadata()->set_name("a");
  facts.action.mutable_metadata()->set_namespace_("ns");
  facts.action.mutable_metadata()->set_generation(1);
  *facts.action.mutable_metadata()->mutable_creation_timestamp() = At(kCreated);
  facts.action.mutable_spec()->mutable_event()->set_name("e");
  *facts.action.mutable_status() = InitialStatus(kCreated);
  return facts;
}

// With everything there that a start needs.
Facts Startable() {
  Facts facts = Created();
  facts.event_recorded = true;
  facts.slot_free = true;
  return facts;
}

// Begun at kCreated, its first step running.
Facts Begun() {
  Facts facts = Startable();
  *facts.action.mutable_status()->mutable_start_time() = At(kCreated);
  facts.observation.emplace();
  facts.observation->started_at = kCreated;
  facts.observation->steps = {Running("build-step-one")};
  facts.observation->place = "er-a";
  return facts;
}

Facts Finished() {
  Facts facts = Begun();
  facts.observation->steps = {Ended("build-step-one", 0)};
  facts.observation->tails = {"hello\n"};
  facts.observation->result = RunResult{v1::COMPLETION_SUCCESS, "Completed", "all well"};
  const Plan plan = Decide(facts);
  *facts.action.mutable_status() = *plan.status;
  return facts;
}

const v1::Condition& Succeeded(const Plan& plan) { return plan.status->conditions(0); }

TEST(Decide, WaitsForTheEventWithoutASecondWrite) {
  const Plan plan = Decide(Created());
  EXPECT_FALSE(plan.status);
  EXPECT_FALSE(plan.start);
  EXPECT_EQ(plan.look_again, kCreated + absl::Hours(1));
}

TEST(Decide, SaysThatItWaitsForTheEventWhereNothingWasSaid) {
  Facts facts = Created();
  facts.action.clear_status();
  const Plan plan = Decide(facts);
  ASSERT_TRUE(plan.status);
  EXPECT_EQ(Succeeded(plan).type(), "Succeeded");
  EXPECT_EQ(Succeeded(plan).status(), "Unknown");
  EXPECT_EQ(Succeeded(plan).reason(), "Pending");
  EXPECT_THAT(Succeeded(plan).message(), HasSubstr("Event"));
}

TEST(Decide, FailsWhenTheEventNeverComes) {
  Facts facts = Created();
  facts.event_wait = absl::Seconds(5);
  const Plan plan = Decide(facts);
  ASSERT_TRUE(plan.status);
  EXPECT_EQ(plan.status->completion(), v1::COMPLETION_FAILURE);
  EXPECT_EQ(Succeeded(plan).status(), "False");
  EXPECT_EQ(Succeeded(plan).reason(), "EventMissing");
  EXPECT_TRUE(plan.status->has_completion_time());
  EXPECT_FALSE(plan.status->has_start_time());
}

TEST(Decide, TheTimeInWhichNobodyWatchedIsNotWaitedForTheEvent) {
  Facts facts = Created();
  facts.now = kCreated + absl::Hours(24);
  facts.watched_since = facts.now;
  const Plan plan = Decide(facts);
  EXPECT_FALSE(plan.status) << "it still waits";
  EXPECT_EQ(plan.look_again, facts.now + facts.event_wait);
}

TEST(Decide, WaitsForASlot) {
  Facts facts = Startable();
  facts.slot_free = false;
  const Plan plan = Decide(facts);
  EXPECT_FALSE(plan.start);
  ASSERT_TRUE(plan.status);
  EXPECT_EQ(Succeeded(plan).message(), "waits for a free slot");
  EXPECT_EQ(plan.look_again, absl::InfiniteFuture());
}

TEST(Decide, StartsAndWritesDownWhen) {
  const Plan plan = Decide(Startable());
  EXPECT_TRUE(plan.start);
  EXPECT_EQ(plan.stop, StopReason::kNone);
  ASSERT_TRUE(plan.status);
  EXPECT_EQ(plan.status->start_time().seconds(), absl::ToUnixSeconds(kNow));
  EXPECT_EQ(Succeeded(plan).reason(), "Building");
}

TEST(Decide, SaysWhyItCannotStart) {
  Facts facts = Startable();
  facts.start_error =
      MakeStatus(absl::StatusCode::kUnavailable, "ENGINE_UNAVAILABLE", "no such socket");
  const Plan plan = Decide(facts);
  EXPECT_FALSE(plan.start);
  ASSERT_TRUE(plan.status);
  EXPECT_EQ(Succeeded(plan).reason(), "Pending");
  EXPECT_THAT(Succeeded(plan).message(), HasSubstr("no such socket"));
  EXPECT_FALSE(plan.status->has_start_time()) << "the timeout's clock must not run yet";
}

TEST(Decide, ReportsEachContainer) {
  Facts facts = Begun();
  facts.observation->steps = {Ended("build-step-one", 0), Running("build-step-two")};
  facts.observation->tails = {"one's log"};
  const Plan plan = Decide(facts);
  ASSERT_TRUE(plan.status);
  EXPECT_EQ(plan.status->step_states_size(), 2);
  EXPECT_THAT(plan.status->steps_completed(), ElementsAre("build-step-one"));
  EXPECT_THAT(plan.status->step_logs(), ElementsAre("one's log"));
  EXPECT_EQ(plan.status->cluster().namespace_(), "ns");
  EXPECT_EQ(plan.status->cluster().pod_name(), "er-a");
  EXPECT_THAT(Succeeded(plan).message(), HasSubstr("build-step-two"));
}

TEST(Decide, SaysWhatTheRunWaitsFor) {
  Facts facts = Begun();
  facts.observation->steps.clear();
  facts.observation->waiting_reason = "PullingImage";
  facts.observation->waiting_message = "pulling busybox";
  const Plan plan = Decide(facts);
  EXPECT_EQ(Succeeded(plan).status(), "Unknown");
  EXPECT_EQ(Succeeded(plan).reason(), "PullingImage");
  EXPECT_EQ(Succeeded(plan).message(), "pulling busybox");
}

TEST(Decide, WritesNothingWhenNothingChanged) {
  Facts facts = Begun();
  *facts.action.mutable_status() = *Decide(facts).status;
  facts.now += absl::Seconds(30);
  const Plan plan = Decide(facts);
  EXPECT_FALSE(plan.status);
  EXPECT_EQ(plan.look_again, kCreated + absl::Minutes(10));
}

TEST(Decide, TakesUpARunThatAnEarlierProcessBegan) {
  Facts facts = Begun();
  facts.observation.reset();
  facts.slot_free = false;
  const Plan plan = Decide(facts);
  EXPECT_TRUE(plan.start);
  EXPECT_EQ(plan.look_again, kCreated + absl::Minutes(10)) << "the clock goes on";
}

TEST(Decide, GivesUpInTimeWhatIsRefused) {
  Facts facts = Startable();
  facts.start_error = MakeStatus(absl::StatusCode::kPermissionDenied, "FORBIDDEN", "quota");
  facts.start_wait = absl::Minutes(10);
  facts.refused_since = kNow - absl::Minutes(9);
  EXPECT_EQ(Succeeded(Decide(facts)).reason(), "Pending");
  facts.refused_since = kNow - absl::Minutes(10);
  const Plan plan = Decide(facts);
  EXPECT_EQ(plan.status->completion(), v1::COMPLETION_FAILURE);
  EXPECT_EQ(Succeeded(plan).message(), "could not be started within 10m: quota");
  EXPECT_FALSE(plan.status->has_start_time());
  EXPECT_EQ(plan.status->duration(), "") << "it never began";
}

TEST(Decide, GivesUpInTimeWhatCannotBeTakenUp) {
  Facts facts = Begun();
  facts.observation.reset();
  facts.start_error = absl::NotFoundError("no Event");
  facts.refused_since = kNow;
  EXPECT_FALSE(IsEnd(Decide(facts)));
  facts.now = kNow + absl::Minutes(5);
  facts.start_wait = absl::Minutes(5);
  const Plan plan = Decide(facts);
  ASSERT_TRUE(IsEnd(plan));
  EXPECT_EQ(plan.status->completion(), v1::COMPLETION_UNKNOWN);
  EXPECT_EQ(Succeeded(plan).reason(), "RunLost");
  EXPECT_EQ(Succeeded(plan).message(), "could not be taken up within 5m: no Event");
  facts.refused_since = absl::InfiniteFuture();
  EXPECT_FALSE(IsEnd(Decide(facts))) << "an engine that is away will be back";
}

TEST(Decide, WhatCannotBeTakenUpEndsOnceItIsStoredThatItIsToEnd) {
  Facts facts = Begun();
  facts.observation.reset();
  facts.start_error = absl::NotFoundError("no Event");
  facts.refused_since = kNow;
  facts.action.mutable_spec()->set_status(kBuildCancelled);
  Plan plan = Decide(facts);
  EXPECT_FALSE(IsEnd(plan));
  facts.action.mutable_status()->Swap(&*plan.status);
  plan = Decide(facts);
  ASSERT_TRUE(IsEnd(plan));
  EXPECT_EQ(plan.status->completion(), v1::COMPLETION_FAILURE);
  EXPECT_EQ(Succeeded(plan).reason(), "BuildCancelled");
}

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
    facts.now = kCreated + took + absl::Seconds(9);
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
  facts.now = kCreated + absl::Minutes(8);  // the adapter was away
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
