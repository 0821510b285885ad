#include "services/janitor/sweep.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <thread>

#include "services/janitor/janitor_fixture.h"

namespace eventreactor::janitor {
namespace {

using testing::ElementsAre;
using testing::SizeIs;

constexpr RetentionRule kOff;

class SweepTest : public JanitorFixture {
 protected:
  // e1 to e5, each with an Action a1 to a5 that ended.
  void Five() {
    for (int i = 1; i <= 5; ++i) {
      const std::string number = std::to_string(i);
      Ran("a" + number, "e" + number, i);
      RecordEvent("e" + number);
    }
  }
};

TEST_F(SweepTest, KeepsTheNewestOfEachKind) {
  Five();
  EXPECT_EQ(SweepWith({.count = 2}, {.count = 3}), "removed 2 of 5 Actions and 3 of 5 Events");
  EXPECT_THAT(ActionsThere(), ElementsAre("a3", "a4", "a5"));
  EXPECT_THAT(EventsThere(), ElementsAre("e4", "e5"));
  EXPECT_THAT(told_, ElementsAre("action a1", "action a2", "event e1", "event e2", "event e3"));
}

TEST_F(SweepTest, ADryRunTellsTheSameAndRemovesNothing) {
  Five();
  EXPECT_EQ(SweepWith({.count = 2}, {.period = absl::Hours(1)}, true),
            "would remove 5 of 5 Actions and 3 of 5 Events");
  EXPECT_THAT(told_, SizeIs(8));
  EXPECT_THAT(ActionsThere(), SizeIs(5));
  EXPECT_THAT(EventsThere(), SizeIs(5));
  EXPECT_EQ(adapter_->deletions, 0);
}

TEST_F(SweepTest, WithoutRulesItAsksForNothing) {
  Five();
  EXPECT_EQ(SweepWith(kOff, kOff), "removed 0 of 0 Actions and 0 of 0 Events");
  EXPECT_EQ(adapter_->lists, 0);
}

TEST_F(SweepTest, TheEventOfARunningActionStays) {
  Begin("runs", "e0");
  RecordEvent("e0");
  Five();
  EXPECT_EQ(SweepWith({.count = 2}, {.count = 2}),
            "removed 3 of 6 Actions and 3 of 6 Events; 1 beyond the retention are needed still");
  EXPECT_THAT(EventsThere(), ElementsAre("e0", "e4", "e5"));
  EXPECT_THAT(ActionsThere(), ElementsAre("a4", "a5", "runs"));
}

TEST_F(SweepTest, AnActionStaysUntilItsEventIsDispatched) {
  Ran("a", "e", 1);
  ASSERT_EQ(Record(MakeEvent("e", false)), "OK");
  const RetentionRule rule{.period = absl::Hours(1)};
  EXPECT_EQ(SweepWith(rule, rule),
            "removed 0 of 1 Actions and 0 of 1 Events; 1 beyond the retention are needed still");
  ASSERT_EQ(Record(MakeEvent("e", true)), "OK");
  EXPECT_EQ(SweepWith(rule, rule), "removed 1 of 1 Actions and 1 of 1 Events");
}

TEST_F(SweepTest, WhatTheAdapterSaysIsInUseStays) {
  Five();
  // Between the look and the deletion it is replayed.
  adapter_->before = [](const std::string& name) {
    return name == "e1" ? MakeStatus(absl::StatusCode::kFailedPrecondition, "EVENT_IN_USE", "no")
                        : absl::OkStatus();
  };
  EXPECT_EQ(SweepWith({.count = 2}, kOff),
            "removed 0 of 5 Actions and 2 of 5 Events; 1 beyond the retention are needed still");
}

TEST_F(SweepTest, WhatWasCreatedAnewIsNotLost) {
  Five();
  adapter_->before = [this](const std::string& name) {
    if (name == "e1") {
      EXPECT_TRUE(store_.events().Delete("default", name, "").ok());
      EXPECT_EQ(Record(MakeEvent(name, true)), "OK");
    }
    return absl::OkStatus();
  };
  EXPECT_EQ(SweepWith({.count = 3}, kOff), "removed 0 of 5 Actions and 1 of 5 Events");
  EXPECT_THAT(EventsThere(), ElementsAre("e1", "e3", "e4", "e5"));
}

TEST_F(SweepTest, WhatSomebodyElseRemovedIsNoError) {
  Five();
  adapter_->before = [this](const std::string& name) {
    EXPECT_TRUE(store_.actions().Delete("default", name, "").ok());
    return absl::OkStatus();
  };
  EXPECT_EQ(SweepWith(kOff, {.count = 3}), "removed 0 of 5 Actions and 0 of 5 Events");
  EXPECT_THAT(ActionsThere(), ElementsAre("a3", "a4", "a5"));
}

TEST_F(SweepTest, AnAdapterThatGoesAwayEndsItAndTheNextGoesOn) {
  Five();
  adapter_->before = [this](const std::string& /*name*/) {
    return adapter_->deletions > 1 ? MakeStatus(absl::StatusCode::kUnavailable, "AWAY", "away")
                                   : absl::OkStatus();
  };
  EXPECT_EQ(SweepWith({.count = 2}, {.count = 2}), "AWAY");
  EXPECT_EQ(summary_.actions().removed(), 1);
  EXPECT_EQ(adapter_->deletions, 4) << "one that went, and three tries";
  EXPECT_THAT(ActionsThere(), SizeIs(4));

  adapter_->before = [](const std::string& /*name*/) { return absl::OkStatus(); };
  EXPECT_EQ(SweepWith({.count = 2}, {.count = 2}), "removed 2 of 4 Actions and 3 of 5 Events");
  EXPECT_EQ(SweepWith({.count = 2}, {.count = 2}), "removed 0 of 2 Actions and 0 of 2 Events");
}

TEST_F(SweepTest, AnAdapterThatCannotListRemovesNothing) {
  Five();
  adapter_->list_error = MakeStatus(absl::StatusCode::kUnavailable, "AWAY", "away");
  EXPECT_EQ(SweepWith({.count = 2}, {.count = 2}), "AWAY");
  EXPECT_EQ(adapter_->deletions, 0);
}

TEST_F(SweepTest, OneRefusalDoesNotHoldUpTheOthers) {
  Five();
  adapter_->before = [](const std::string& name) {
    return name == "a1" ? MakeStatus(absl::StatusCode::kPermissionDenied, "FORBIDDEN", "no")
                        : absl::OkStatus();
  };
  EXPECT_EQ(SweepWith(kOff, {.count = 2}),
            "removed 2 of 5 Actions and 0 of 5 Events; 1 could not be removed");
}

TEST_F(SweepTest, StopsBetweenTwoDeletions) {
  Five();
  Sweeper sweeper(*adapter_, metrics_, [this] {
    Sweeper::Options options = options_;
    options.actions.count = 1;
    return options;
  }());
  Sweeper::Call call;
  call.stop = [this] { return adapter_->deletions == 2; };
  EXPECT_EQ(Reason(sweeper.Sweep(call, summary_)), "SWEEP_STOPPED");
  EXPECT_THAT(ActionsThere(), SizeIs(3));
}

TEST_F(SweepTest, OneAtATime) {
  Five();
  Sweeper::Options options = options_;
  options.events.count = 1;
  Sweeper sweeper(*adapter_, metrics_, options);
  Sweeper::Call call;
  std::string second;
  call.tell = [&](const v1::Removal& /*removal*/) {
    v1::SweepSummary summary;
    std::thread other([&] { second = Reason(sweeper.Sweep({.dry_run = true}, summary)); });
    other.join();
    return true;
  };
  EXPECT_TRUE(sweeper.Sweep(call, summary_).ok());
  EXPECT_EQ(second, "SWEEP_RUNNING");
}

TEST_F(SweepTest, KeepsToItsRate) {
  Five();
  options_.deletion_interval = absl::Milliseconds(20);
  slept_.clear();
  SweepWith(kOff, {.count = 2});
  // Two pages, and three deletions.
  EXPECT_THAT(slept_,
              ElementsAre(absl::ZeroDuration(), absl::ZeroDuration(), absl::Milliseconds(20),
                          absl::Milliseconds(20), absl::Milliseconds(20)));
}

TEST_F(SweepTest, CountsWhatItDid) {
  Five();
  SweepWith({.count = 2}, {.period = absl::Hours(1)});
  EXPECT_EQ(metrics_.actions.by_period.Value(), 5);
  EXPECT_EQ(metrics_.events.by_count.Value(), 3);
  EXPECT_EQ(metrics_.events.found.Value(), 5);
  EXPECT_EQ(metrics_.succeeded.Value(), 1);
  EXPECT_EQ(metrics_.last_success.Value(), absl::ToDoubleSeconds(now_ - absl::UnixEpoch()));
}

TEST_F(SweepTest, GoesThroughAllPagesInBoundedMemory) {
  for (int i = 0; i < 1200; ++i) RecordEvent("e" + std::to_string(10'000 + i));
  options_.capacity = 100;
  int sweeps = 0;
  do {
    ASSERT_LT(++sweeps, 50);
    SweepWith({.count = 10}, kOff);
    ASSERT_TRUE(last_.ok()) << last_;
  } while (summary_.partial());
  EXPECT_EQ(sweeps, 12) << "a hundred go with each, and ninety with the last";
  EXPECT_THAT(EventsThere(), SizeIs(10));
  EXPECT_EQ(EventsThere().front(), "e11190");
}

}  // namespace
}  // namespace eventreactor::janitor
