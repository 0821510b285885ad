// An Action on its way from its creation to its end.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <atomic>
#include <cstdint>
#include <memory>

#include "libs/adapter/action_reconciler_fixture.h"
#include "libs/cloudevents/nats.h"

namespace eventreactor {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

TEST_F(ActionReconcilerTest, BringsAnActionFromItsCreationToTheBus) {
  Begin();
  const v1::Action action = Create("a");
  ASSERT_TRUE(Eventually([&] { return Runs("a"); }));
  ASSERT_TRUE(Eventually([&] { return Get("a").status().has_start_time(); }));
  EXPECT_EQ(ReasonOf("a"), "Building");

  executor_->End(action.metadata().uid(), 0);
  ASSERT_TRUE(Eventually([&] { return bus_.StoredEver(bus::kActions) == 1; }));
  const v1::ActionStatus status = Get("a").status();
  EXPECT_EQ(status.completion(), v1::COMPLETION_SUCCESS);
  EXPECT_TRUE(status.has_completion_time());
  EXPECT_THAT(status.step_logs(), ElementsAre("log of a\n"));

  const bus::Message message = bus_.Stored(bus::kActions)[0].message;
  EXPECT_EQ(message.subject, "er.action.default.p.success");
  EXPECT_EQ(message.Header("er-namespace"), "default");
  const auto event = cloudevents::FromNats(message.headers, message.payload);
  ASSERT_TRUE(event.ok()) << event.status();
  EXPECT_EQ(event->id, action.metadata().uid());
  ASSERT_TRUE(Eventually([&] { return !executor_->Left(action.metadata().uid()); }));
}

TEST_F(ActionReconcilerTest, TellsHowAnActionEnded) {
  Begin();
  const v1::Action good = Create("good");
  ASSERT_TRUE(Eventually([&] { return Runs("good"); }));
  executor_->End(good.metadata().uid(), 0);
  ASSERT_TRUE(Eventually([&] { return bus_.StoredEver(bus::kActions) == 1; }));
  const v1::Action bad = Create("bad");
  ASSERT_TRUE(Eventually([&] { return Runs("bad"); }));
  executor_->End(bad.metadata().uid(), 1);
  ASSERT_TRUE(Eventually([&] { return bus_.StoredEver(bus::kActions) == 2; }));
  Kill();
  EXPECT_THAT(recorder_.told,
              ElementsAre("Action good Completed success: " + MessageOf("good"),
                          "Action bad Completed warns failure: " + MessageOf("bad")));
}

TEST_F(ActionReconcilerTest, StartsOnlyOnceTheEventIsRecorded) {
  Begin();
  const v1::Action early = Create("early", "late");
  const v1::Action other = Create("other");
  ASSERT_TRUE(Eventually([&] { return Runs("other"); }));
  ASSERT_TRUE(Eventually([&] { return ReasonOf("early") == "Pending"; }));
  EXPECT_THAT(executor_->Running(), ElementsAre("other"));

  v1::Event event;
  event.mutable_metadata()->set_name("late");
  event.mutable_metadata()->set_namespace_("default");
  ASSERT_TRUE(store_.events().Create(event).ok());
  EXPECT_TRUE(Eventually([&] { return Runs("early"); }));
}

TEST_F(ActionReconcilerTest, FailsAnActionWhoseEventNeverComes) {
  options_.event_wait = absl::ZeroDuration();
  Begin();
  Create("a", "none");
  ASSERT_TRUE(Eventually([&] { return ReasonOf("a") == "EventMissing"; }));
  EXPECT_THAT(executor_->Running(), IsEmpty());
}

TEST_F(ActionReconcilerTest, RunsTheOldestFirstAndTheNextWhenOneEnds) {
  options_.max_running = 1;
  options_.workers = 1;  // several may ask for the slot in any order
  const v1::Action first = Create("first");
  const v1::Action second = Create("second");
  Create("third");
  Begin();
  ASSERT_TRUE(Eventually([&] { return Runs("first"); }));
  ASSERT_TRUE(Eventually([&] { return MessageOf("second") == "waits for a free slot"; }));
  ASSERT_TRUE(Eventually([&] { return MessageOf("third") == "waits for a free slot"; }));
  EXPECT_THAT(executor_->Running(), ElementsAre("first"));
  executor_->End(first.metadata().uid(), 0);
  ASSERT_TRUE(Eventually([&] { return Runs("second"); }));
  executor_->End(second.metadata().uid(), 1);
  EXPECT_TRUE(Eventually([&] { return Runs("third"); }));
}

TEST_F(ActionReconcilerTest, ARunThatRestsGivesItsSlotToOthersUntilItHasRested) {
  // The reconciler asks until the fixture ends it, when this body has returned.
  const auto now = std::make_shared<std::atomic<int64_t>>(1000);
  options_.now = [now] { return absl::FromUnixSeconds(*now); };
  options_.max_running = 1;
  Begin();
  const v1::Action first = Create("first");
  ASSERT_TRUE(Eventually([&] { return Runs("first"); }));
  const v1::Action second = Create("second");
  executor_->Rest(first.metadata().uid(), absl::FromUnixSeconds(*now + 1));
  ASSERT_TRUE(Eventually([&] { return Runs("second"); }));
  EXPECT_FALSE(Runs("first"));

  *now += 1;
  executor_->Rest(first.metadata().uid(), absl::FromUnixSeconds(*now));
  // Its turn comes when the slot is free: it is the older one.
  Create("third");
  ASSERT_TRUE(Eventually([&] { return MessageOf("third") == "waits for a free slot"; }));
  EXPECT_FALSE(Runs("first"));
  executor_->End(second.metadata().uid(), 0);
  ASSERT_TRUE(Eventually([&] { return Runs("first"); }));
  EXPECT_FALSE(Runs("third"));
  EXPECT_EQ(executor_->Begun(first.metadata().uid()), 1);
  executor_->End(first.metadata().uid(), 0);
  EXPECT_TRUE(Eventually([&] { return Runs("third"); }));
}

TEST_F(ActionReconcilerTest, ARunThatRestsIsStoppedAtOnce) {
  options_.max_running = 1;
  Begin();
  v1::Action action = Create("a");
  ASSERT_TRUE(Eventually([&] { return Runs("a"); }));
  executor_->Rest(action.metadata().uid(), absl::InfiniteFuture());
  ASSERT_TRUE(Eventually([&] { return !Runs("a"); }));
  action = Get("a");
  action.mutable_spec()->set_status(kBuildCancelled);
  ASSERT_TRUE(store_.actions().Update(action).ok());
  ASSERT_TRUE(Eventually([&] { return ReasonOf("a") == kBuildCancelled; }));
  EXPECT_TRUE(Eventually([&] { return Get("a").status().has_completion_time(); }));
}

TEST_F(ActionReconcilerTest, ARunThatRestsGoesOnWhereNoOtherMayBegin) {
  options_.max_running = 1;
  Begin();
  const v1::Action action = Create("a");
  ASSERT_TRUE(Eventually([&] { return Runs("a"); }));
  Kill();
  options_.max_running = 0;
  Begin();
  ASSERT_TRUE(Eventually([&] { return Runs("a"); }));
  executor_->Rest(action.metadata().uid(), absl::UnixEpoch());
  EXPECT_TRUE(Eventually([&] { return Runs("a"); }));
}

TEST_F(ActionReconcilerTest, WaitingTakesNoReads) {
  options_.max_running = 0;
  Begin();
  for (int i = 0; i < 20; ++i) Create("a" + std::to_string(i));
  ASSERT_TRUE(Eventually([&] { return MessageOf("a19") == "waits for a free slot"; }));
  // Once they have settled, what happens to others does not have them read.
  uint64_t others = 0;
  EXPECT_TRUE(Eventually([&] {
    const int before = store_.action_reads();
    v1::Action other;
    other.mutable_metadata()->set_name("other" + std::to_string(others++));
    other.mutable_metadata()->set_namespace_("default");
    other.mutable_spec()->mutable_event()->set_name("e");
    other.mutable_spec()->mutable_pipeline()->set_name("p");
    other.mutable_spec()->set_status(kBuildCancelled);
    EXPECT_TRUE(store_.actions().Create(other).ok());
    while (bus_.StoredEver(bus::kActions) < others) absl::SleepFor(absl::Milliseconds(1));
    return store_.action_reads() - before < 10;
  }));
  EXPECT_THAT(executor_->Running(), IsEmpty());
}

TEST_F(ActionReconcilerTest, CancelEndsARunAndAnActionThatWaits) {
  options_.max_running = 1;
  options_.workers = 1;  // several may ask for the slot in any order
  Begin();
  for (const char* name : {"runs", "waits"}) Create(name);
  ASSERT_TRUE(Eventually([&] { return Runs("runs"); }));
  ASSERT_TRUE(Eventually([&] { return MessageOf("waits") == "waits for a free slot"; }));
  for (const char* name : {"waits", "runs"}) {
    ASSERT_TRUE(Eventually([&] {
      v1::Action action = Get(name);
      action.mutable_spec()->set_status(kBuildCancelled);
      return store_.actions().Update(action).ok();
    }));
    ASSERT_TRUE(Eventually([&] { return ReasonOf(name) == "BuildCancelled"; })) << name;
  }
  EXPECT_FALSE(Get("waits").status().has_start_time());
  EXPECT_TRUE(Get("runs").status().has_start_time());
}

TEST_F(ActionReconcilerTest, CancelEndsARunThatNobodyKnowsToHaveBegun) {
  Begin();
  executor_->Fail(MakeStatus(absl::StatusCode::kUnavailable, "API_TIMEOUT", "no answer"));
  const v1::Action action = Create("a");
  ASSERT_TRUE(Eventually([&] { return MessageOf("a").find("no answer") != std::string::npos; }));
  // It was begun, and the answer was lost.
  const RunKey key = {.ns = "default", .name = "a", .uid = action.metadata().uid()};
  {
    const std::lock_guard lock(executor_->engine()->mutex);
    executor_->engine()->runs.insert(key);
  }
  ASSERT_TRUE(Eventually([&] {
    v1::Action cancelled = Get("a");
    cancelled.mutable_spec()->set_status(kBuildCancelled);
    return store_.actions().Update(cancelled).ok();
  }));
  ASSERT_TRUE(Eventually([&] { return IsTerminal(Get("a")); }));
  executor_->Fail(absl::OkStatus());
  EXPECT_TRUE(Eventually([&] { return !executor_->Left(key.uid); }));
}

TEST_F(ActionReconcilerTest, StopsWhatTakesTooLong) {
  Begin();
  v1::Action action;
  action.mutable_metadata()->set_name("slow");
  action.mutable_metadata()->set_namespace_("default");
  action.mutable_spec()->mutable_event()->set_name("e");
  action.mutable_spec()->mutable_build()->set_timeout("1ms");
  ASSERT_TRUE(store_.actions().Create(action).ok());
  EXPECT_TRUE(Eventually([&] { return ReasonOf("slow") == "BuildTimeout"; }));
}

TEST_F(ActionReconcilerTest, DeletingAnActionEndsItsRunAndItsLog) {
  options_.max_running = 1;
  options_.workers = 1;  // several may ask for the slot in any order
  Begin();
  const v1::Action action = Create("a");
  Create("b");
  ASSERT_TRUE(Eventually([&] { return Runs("a"); }));
  const RunKey key = {.ns = "default", .name = "a", .uid = action.metadata().uid()};
  ASSERT_TRUE(
      logs_.Append(key, {.step = "build-step-one", .data = "hello", .time = absl::Now()}).ok());
  ASSERT_TRUE(store_.actions().Delete("default", "a", "").ok());
  EXPECT_TRUE(Eventually([&] { return !executor_->Left(key.uid); }));
  EXPECT_TRUE(Eventually([&] { return bus_.Stored(bus::kLog).empty(); }));
  EXPECT_TRUE(Eventually([&] { return Runs("b"); })) << "its slot is free";
}

TEST_F(ActionReconcilerTest, SeesChangesWhateverTheVersionOfTheirStream) {
  LaggingStore store;
  v1::Event event;
  event.mutable_metadata()->set_name("e");
  event.mutable_metadata()->set_namespace_("default");
  ASSERT_TRUE(store.events().Create(event).ok());
  reconciler_ = std::make_unique<ActionReconciler>(
      ActionReconciler::Ports{store, *executor_, logs_, bus_, intake_, recorder_}, options_);
  ASSERT_TRUE(reconciler_->Start().ok());
  v1::Action action;
  action.mutable_metadata()->set_name("a");
  action.mutable_metadata()->set_namespace_("default");
  action.mutable_spec()->mutable_event()->set_name("e");
  ASSERT_TRUE(store.actions().Create(action).ok());
  const auto get = [&] { return store.actions().Get("default", "a").value_or(v1::Action()); };
  ASSERT_TRUE(Eventually([&] { return get().status().has_start_time(); }));
  // The reconciler's own write was the last one.
  store.Tell(get().metadata().resource_version());
  ASSERT_TRUE(Eventually([&] {
    v1::Action cancelled = get();
    cancelled.mutable_spec()->set_status(kBuildCancelled);
    return store.actions().Update(cancelled).ok();
  }));
  EXPECT_TRUE(Eventually([&] { return IsTerminal(get()); }));
  Kill();
}

}  // namespace
}  // namespace eventreactor
