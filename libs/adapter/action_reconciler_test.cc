#include "libs/adapter/action_reconciler.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <functional>
#include <memory>
#include <mutex>
#include <string>

#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "libs/adapter/fake_executor.h"
#include "libs/adapter/memory_store.h"
#include "libs/bus/fake_bus.h"
#include "libs/cloudevents/nats.h"
#include "libs/domain/convert.h"
#include "libs/status/status.h"

namespace eventreactor {
namespace {

using testing::Contains;
using testing::ElementsAre;
using testing::IsEmpty;
using testing::StartsWith;

struct ListingRecorder : public Recorder {
  void Record(const std::string& kind, const v1::ObjectMeta& metadata, Severity severity,
              const std::string& reason, const std::string& message) override {
    const std::lock_guard lock(mutex);
    told.push_back(absl::StrCat(kind, " ", metadata.name(), " ", reason,
                                severity == Severity::kWarning ? " warns " : " ", message));
  }
  std::mutex mutex;
  std::vector<std::string> told;
};

class ActionReconcilerTest : public testing::Test {
 protected:
  ActionReconcilerTest() {
    options_.max_running = 10;
    options_.retry_first = absl::Milliseconds(1);
    options_.retry_most = absl::Milliseconds(5);
    v1::Event event;
    event.mutable_metadata()->set_name("e");
    event.mutable_metadata()->set_namespace_("default");
    EXPECT_TRUE(store_.events().Create(event).ok());
  }
  ~ActionReconcilerTest() override { Kill(); }

  void Begin() {
    reconciler_ = std::make_unique<ActionReconciler>(
        ActionReconciler::Ports{store_, *executor_, logs_, bus_, intake_, recorder_}, options_);
    ASSERT_TRUE(reconciler_->Start().ok());
  }
  // As a process that is gone: what it knew is lost, the containers are not.
  void Kill() {
    reconciler_.reset();
    executor_ = std::make_unique<FakeExecutor>(executor_->engine());
  }

  v1::Action Create(const std::string& name, const std::string& event = "e") {
    v1::Action action;
    action.mutable_metadata()->set_name(name);
    action.mutable_metadata()->set_namespace_("default");
    action.mutable_spec()->mutable_event()->set_name(event);
    action.mutable_spec()->mutable_pipeline()->set_name("p");
    const absl::StatusOr<v1::Action> created = store_.actions().Create(action);
    EXPECT_TRUE(created.ok()) << created.status();
    return created.value_or(v1::Action());
  }

  v1::Action Get(const std::string& name) {
    return store_.actions().Get("default", name).value_or(v1::Action());
  }

  std::string ReasonOf(const std::string& name) {
    const v1::Action action = Get(name);
    return action.status().conditions_size() == 0 ? "" : action.status().conditions(0).reason();
  }
  std::string MessageOf(const std::string& name) {
    const v1::Action action = Get(name);
    return action.status().conditions_size() == 0 ? "" : action.status().conditions(0).message();
  }

  bool Runs(const std::string& name) {
    const std::vector<std::string> running = executor_->Running();
    return std::find(running.begin(), running.end(), name) != running.end();
  }

  // Until it is so; a fault shows as false after a long time.
  static bool Eventually(const std::function<bool()>& condition) {
    const absl::Time give_up = absl::Now() + absl::Seconds(60);
    while (!condition()) {
      if (absl::Now() > give_up) return false;
      absl::SleepFor(absl::Milliseconds(1));
    }
    return true;
  }

  void MarkDispatched(const std::string& name) {
    v1::Action action = Get(name);
    action.mutable_status()->mutable_dispatch_time()->set_seconds(1);
    ASSERT_TRUE(store_.actions().UpdateStatus(action).ok());
  }

  MemoryStore store_;
  bus::FakeBus bus_;
  LogStore logs_{bus_, {}};
  Intake intake_;
  ListingRecorder recorder_;
  std::unique_ptr<FakeExecutor> executor_ = std::make_unique<FakeExecutor>();
  ActionReconciler::Options options_;
  std::unique_ptr<ActionReconciler> reconciler_;
};

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

}  // namespace
}  // namespace eventreactor
