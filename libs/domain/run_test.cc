// From the creation of an Action until its run goes on by itself.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "libs/domain/run_fixtures.h"
#include "libs/status/status.h"

namespace eventreactor {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

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
  facts.known_since = facts.now;
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

TEST(Decide, ARunThatRestsGoesOnWhenItHasRestedAndHasASlot) {
  Facts facts = Begun();
  facts.observation->rests_until = kNow + absl::Seconds(1);
  Plan plan = Decide(facts);
  EXPECT_FALSE(plan.start);
  EXPECT_EQ(plan.look_again, facts.observation->rests_until);
  facts.observation->rests_until = kNow;
  EXPECT_TRUE(Decide(facts).start);
  facts.slot_free = false;
  plan = Decide(facts);
  EXPECT_FALSE(plan.start);
  EXPECT_EQ(plan.look_again, kCreated + absl::Minutes(10)) << "its timeout goes on";
  facts.slot_free = true;
  facts.action.mutable_spec()->set_status(kBuildCancelled);
  EXPECT_FALSE(Decide(facts).start) << "it is stopped instead";
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

TEST(Decide, SettingTheClockTakesNoTimeOfARun) {
  Facts facts = Begun();
  for (const absl::Duration step : {absl::Hours(1), -absl::Hours(1)}) {
    facts.time_of_day = kNow + step;
    EXPECT_FALSE(IsEnd(Decide(facts)));
    EXPECT_EQ(Decide(facts).look_again, kCreated + absl::Minutes(10));
  }
  facts.now = kCreated + absl::Minutes(10);
  EXPECT_EQ(Succeeded(Decide(facts)).reason(), "BuildTimeout");
}

TEST(Decide, ARunOfAnEarlierProcessBeganAsItIsWrittenButNotLaterThanNow) {
  Facts facts = Begun();
  EXPECT_EQ(BegunAt(facts), kCreated);
  facts.now += absl::Hours(30);  // a clock of its own
  EXPECT_EQ(BegunAt(facts), facts.now - (kNow - kCreated));
  facts.time_of_day = kCreated - absl::Hours(1);
  EXPECT_EQ(BegunAt(facts), facts.now);
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

}  // namespace
}  // namespace eventreactor
