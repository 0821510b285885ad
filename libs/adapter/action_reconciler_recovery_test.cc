// Where something fails or is killed: nothing is lost, and nothing runs twice.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <limits>
#include <thread>

#include "libs/adapter/action_reconciler_fixture.h"
#include "libs/status/status.h"

namespace eventreactor {
namespace {

using testing::Contains;
using testing::IsEmpty;
using testing::StartsWith;

TEST_F(ActionReconcilerTest, HoldsEverythingWithoutSlotsButEndsWhatRan) {
  const v1::Action running = Create("running");
  Begin();
  ASSERT_TRUE(Eventually([&] { return Get("running").status().has_start_time(); }));
  Kill();
  options_.max_running = 0;
  Create("new");
  Begin();
  ASSERT_TRUE(Eventually([&] { return Runs("running"); }));
  executor_->End(running.metadata().uid(), 0);
  ASSERT_TRUE(Eventually([&] { return IsTerminal(Get("running")); }));
  ASSERT_TRUE(Eventually([&] { return MessageOf("new") == "waits for a free slot"; }));
  EXPECT_FALSE(Runs("new"));
}

TEST_F(ActionReconcilerTest, TakesUpRunsAfterARestartAndBeginsNoneTwice) {
  const v1::Action action = Create("a");
  Begin();
  ASSERT_TRUE(Eventually([&] { return Get("a").status().has_start_time(); }));
  Kill();
  Begin();
  ASSERT_TRUE(Eventually([&] { return Runs("a"); }));
  EXPECT_EQ(executor_->Begun(action.metadata().uid()), 1);
  executor_->End(action.metadata().uid(), 0);
  EXPECT_TRUE(Eventually([&] { return IsTerminal(Get("a")); }));
}

TEST_F(ActionReconcilerTest, RemovesAtTheStartWhatNoUnfinishedActionOwns) {
  {
    const std::lock_guard lock(executor_->engine()->mutex);
    executor_->engine()->runs.insert({.ns = "default", .name = "gone", .uid = "of-no-action"});
  }
  // Ended and stored, but killed before anything was removed.
  const v1::Action done = Create("done");
  v1::Action stored = done;
  stored.mutable_status()->set_completion(v1::COMPLETION_SUCCESS);
  stored.mutable_status()->mutable_dispatch_time()->set_seconds(1);
  ASSERT_TRUE(store_.actions().UpdateStatus(stored).ok());
  {
    const std::lock_guard lock(executor_->engine()->mutex);
    executor_->engine()->runs.insert(
        {.ns = "default", .name = "done", .uid = done.metadata().uid()});
  }
  // The engine may be away when the adapter starts.
  executor_->Fail(absl::UnavailableError("no engine"));
  Begin();
  executor_->Fail(absl::OkStatus());
  EXPECT_TRUE(Eventually([&] { return !executor_->Left("of-no-action"); }));
  EXPECT_TRUE(Eventually([&] { return !executor_->Left(done.metadata().uid()); }));
}

TEST_F(ActionReconcilerTest, RemovesWhatARunLeftHoweverOftenThatFails) {
  Begin();
  const v1::Action action = Create("a");
  ASSERT_TRUE(Eventually([&] { return Runs("a"); }));
  executor_->Fail(absl::UnavailableError("no engine"));
  executor_->End(action.metadata().uid(), 0);
  ASSERT_TRUE(Eventually([&] { return !executor_->Observe(action.metadata().uid()); }));
  MarkDispatched("a");
  EXPECT_TRUE(executor_->Left(action.metadata().uid()));
  executor_->Fail(absl::OkStatus());
  EXPECT_TRUE(Eventually([&] { return !executor_->Left(action.metadata().uid()); }));
}

TEST_F(ActionReconcilerTest, PublishesAfterARestartWhatWasNotDispatched) {
  v1::Action action = Create("a");
  action.mutable_status()->set_completion(v1::COMPLETION_NEUTRAL);
  ASSERT_TRUE(store_.actions().UpdateStatus(action).ok());
  Begin();
  ASSERT_TRUE(Eventually([&] { return bus_.StoredEver(bus::kActions) == 1; }));
  EXPECT_EQ(bus_.Stored(bus::kActions)[0].message.subject, "er.action.default.p.neutral");
}

TEST_F(ActionReconcilerTest, PublishesAgainUntilItIsDispatched) {
  options_.publish_again = absl::Milliseconds(1);
  Begin();
  const v1::Action action = Create("a");
  ASSERT_TRUE(Eventually([&] { return Runs("a"); }));
  executor_->End(action.metadata().uid(), 0);
  ASSERT_TRUE(Eventually([&] { return bus_.StoredEver(bus::kActions) == 1; }));
  // The bus knows it as the same until it forgets.
  bus_.ForgetIds();
  ASSERT_TRUE(Eventually([&] { return bus_.StoredEver(bus::kActions) >= 2; }));
  MarkDispatched("a");
  ASSERT_TRUE(Eventually([&] {
    const uint64_t before = bus_.StoredEver(bus::kActions);
    bus_.ForgetIds();
    absl::SleepFor(absl::Milliseconds(20));
    return bus_.StoredEver(bus::kActions) == before;
  }));
}

TEST_F(ActionReconcilerTest, PublishesOnceTheBusIsBack) {
  Begin();
  const v1::Action action = Create("a");
  ASSERT_TRUE(Eventually([&] { return Runs("a"); }));
  bus_.SetConnected(false);
  executor_->End(action.metadata().uid(), 0);
  ASSERT_TRUE(Eventually([&] { return IsTerminal(Get("a")); }));
  EXPECT_EQ(bus_.StoredEver(bus::kActions), 0U);
  bus_.SetConnected(true);
  EXPECT_TRUE(Eventually([&] { return bus_.StoredEver(bus::kActions) == 1; }));
}

TEST_F(ActionReconcilerTest, PublishesOnceWhatTheBusNeverTakes) {
  v1::Action action = Create("a");
  (*action.mutable_metadata()->mutable_annotations())["example.com/a"] =
      std::string(size_t{3} << 20, 'x');
  ASSERT_TRUE(store_.actions().Update(action).ok());
  Begin();
  ASSERT_TRUE(Eventually([&] { return Runs("a"); }));
  executor_->End(action.metadata().uid(), 0);
  ASSERT_TRUE(Eventually([&] { return Get("a").status().has_dispatch_time(); }));
  EXPECT_THAT(bus_.Stored(bus::kActions), IsEmpty());
  // Beside the completion, and after the mark is stored.
  ASSERT_TRUE(Eventually([&] {
    const std::lock_guard lock(recorder_.mutex);
    return recorder_.told.size() > 1;
  }));
  const std::lock_guard lock(recorder_.mutex);
  EXPECT_THAT(recorder_.told, Contains(StartsWith("Action a NotDispatched warns it triggers "
                                                  "nothing: the bus does not take it")));
}

TEST_F(ActionReconcilerTest, SaysWhyARunCannotStartAndTriesAgain) {
  Begin();
  executor_->Fail(MakeStatus(absl::StatusCode::kUnavailable, "ENGINE_UNAVAILABLE", "no socket"));
  Create("a");
  ASSERT_TRUE(Eventually([&] { return MessageOf("a").find("no socket") != std::string::npos; }));
  EXPECT_FALSE(Get("a").status().has_start_time());
  executor_->Fail(absl::OkStatus());
  EXPECT_TRUE(Eventually([&] { return Runs("a"); }));
}

TEST_F(ActionReconcilerTest, GivesUpWhatIsRefusedButNotWhatNobodyAnswered) {
  options_.start_wait = absl::Milliseconds(50);
  Begin();
  executor_->Fail(MakeStatus(absl::StatusCode::kUnavailable, "API_UNREACHABLE", "no answer"));
  Create("a");
  const absl::Time long_after = absl::Now() + 4 * options_.start_wait;
  ASSERT_TRUE(Eventually([&] { return absl::Now() >= long_after; }));
  EXPECT_FALSE(IsTerminal(Get("a")));
  executor_->Fail(MakeStatus(absl::StatusCode::kPermissionDenied, "FORBIDDEN", "exceeded quota"));
  ASSERT_TRUE(Eventually([&] { return IsTerminal(Get("a")); }));
  EXPECT_EQ(Get("a").status().completion(), v1::COMPLETION_FAILURE);
  EXPECT_EQ(MessageOf("a"), "could not be started within 50ms: exceeded quota");
}

TEST_F(ActionReconcilerTest, WhoseStartIsRefusedKeepsNobodyFromRunning) {
  options_.max_running = 1;
  options_.retry_most = absl::Hours(1);
  options_.start_again_most = absl::Hours(1);
  options_.start_wait = absl::Hours(2);
  Begin();
  executor_->Fail(MakeStatus(absl::StatusCode::kPermissionDenied, "FORBIDDEN", "exceeded quota"));
  Create("refused");
  ASSERT_TRUE(
      Eventually([&] { return MessageOf("refused").find("exceeded quota") != std::string::npos; }));
  executor_->Fail(absl::OkStatus());
  Create("other");
  EXPECT_TRUE(Eventually([&] { return Runs("other"); }));
  EXPECT_FALSE(Runs("refused"));
}

TEST_F(ActionReconcilerTest, WritesItsStatusThoughOthersWriteInBetween) {
  store_.ConflictNext(3);
  Begin();
  const v1::Action action = Create("a");
  ASSERT_TRUE(Eventually([&] { return Runs("a"); }));
  store_.ConflictNext(3);
  executor_->End(action.metadata().uid(), 1);
  EXPECT_TRUE(Eventually([&] { return Get("a").status().completion() == v1::COMPLETION_FAILURE; }));
}

TEST_F(ActionReconcilerTest, GoesOnOnceTheStoreIsBack) {
  Begin();
  const v1::Action action = Create("a");
  ASSERT_TRUE(Eventually([&] { return Runs("a"); }));
  store_.Fail(absl::UnavailableError("disk"));
  executor_->End(action.metadata().uid(), 0);
  store_.Fail(absl::OkStatus());
  EXPECT_TRUE(Eventually([&] { return IsTerminal(Get("a")); }));
}

TEST_F(ActionReconcilerTest, MissesNothingWhenItsWatchesExpire) {
  Begin();
  Create("before");
  ASSERT_TRUE(Eventually([&] { return Runs("before"); }));
  for (int i = 0; i < 5; ++i) {
    store_.ExpireVersions();
    const std::string name = "a" + std::to_string(i);
    Create(name);
    EXPECT_TRUE(Eventually([&] { return Runs(name); })) << name;
  }
}

TEST_F(ActionReconcilerTest, AStoreThatIsAwayAtTheStartIsAskedAgain) {
  store_.Fail(absl::UnavailableError("disk"));
  ActionReconciler reconciler({store_, *executor_, logs_, bus_, intake_}, options_);
  EXPECT_FALSE(reconciler.Start().ok());
  store_.Fail(absl::OkStatus());
  Create("a");
  EXPECT_TRUE(reconciler.Start().ok());
  EXPECT_TRUE(Eventually([&] { return Runs("a"); }));
}

TEST_F(ActionReconcilerTest, TheTimeInWhichNobodyRanIsNotWaitedForAnEvent) {
  Create("a", "late");
  options_.now = [] { return absl::Now() + absl::Hours(24); };
  Begin();
  ASSERT_TRUE(Eventually([&] { return !ReasonOf("a").empty(); }));
  EXPECT_EQ(ReasonOf("a"), "Pending") << MessageOf("a");
  v1::Event event;
  event.mutable_metadata()->set_name("late");
  event.mutable_metadata()->set_namespace_("default");
  ASSERT_TRUE(store_.events().Create(event).ok());
  EXPECT_TRUE(Eventually([&] { return Runs("a"); }));
}

TEST_F(ActionReconcilerTest, EndsAndRemovesARunThatCannotBeTakenUp) {
  const v1::Action action = Create("a");
  Begin();
  ASSERT_TRUE(Eventually([&] { return Get("a").status().has_start_time(); }));
  Kill();
  ASSERT_TRUE(store_.events().Delete("default", "e", "").ok());
  options_.start_wait = absl::Milliseconds(50);
  Begin();
  ASSERT_TRUE(Eventually([&] { return IsTerminal(Get("a")); }));
  EXPECT_EQ(Get("a").status().completion(), v1::COMPLETION_UNKNOWN);
  EXPECT_EQ(MessageOf("a"), "could not be taken up within 50ms: there is no e");
  EXPECT_TRUE(Eventually([&] { return !executor_->Left(action.metadata().uid()); }));
}

TEST_F(ActionReconcilerTest, RunsWhatIsListedAndWhatComesBeforeALongListEnds) {
  options_.max_running = std::numeric_limits<int>::max();
  LaggingStore store;
  ASSERT_TRUE(store.events().Create(store_.events().Get("default", "e").value()).ok());
  const auto create = [&](const std::string& name) {
    v1::Action action;
    action.mutable_metadata()->set_name(name);
    action.mutable_metadata()->set_namespace_("default");
    action.mutable_spec()->mutable_event()->set_name("e");
    EXPECT_TRUE(store.actions().Create(action).ok());
  };
  constexpr int kMoreThanAPage = 501;
  for (int i = 0; i < kMoreThanAPage; ++i) create(absl::StrCat("a", 1000 + i));
  reconciler_ = std::make_unique<ActionReconciler>(
      ActionReconciler::Ports{store, *executor_, logs_, bus_, intake_, recorder_}, options_);
  std::thread starts([&] { EXPECT_TRUE(reconciler_->Start().ok()); });
  EXPECT_TRUE(Eventually([&] { return Runs("a1000"); }));
  create("new");
  EXPECT_TRUE(Eventually([&] { return Runs("new"); }));
  EXPECT_FALSE(Runs("a1500"));
  store.listed.Notify();
  starts.join();
  EXPECT_TRUE(Eventually([&] { return Runs("a1500"); }));
  Kill();
}

}  // namespace
}  // namespace eventreactor
