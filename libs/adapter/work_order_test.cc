// The pieces that say what is worked on, and when.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <atomic>
#include <condition_variable>
#include <future>
#include <memory>
#include <mutex>
#include <thread>

#include "libs/adapter/barrier.h"
#include "libs/adapter/intake.h"
#include "libs/adapter/run_slots.h"
#include "libs/adapter/stream_limit.h"
#include "libs/adapter/work_queue.h"
#include "libs/status/status.h"

namespace eventreactor {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

RunKey Key(const std::string& name) { return {.ns = "ns", .name = name, .uid = "uid-" + name}; }

class WorkQueueTest : public testing::Test {
 protected:
  absl::Time now_ = absl::FromUnixSeconds(1000);
  WorkQueue queue_{[this] { return now_; }};
};

TEST_F(WorkQueueTest, HoldsEachOnceInOrder) {
  for (const char* name : {"a", "b", "a"}) queue_.Add(Key(name));
  EXPECT_EQ(queue_.depth(), 2U);
  EXPECT_EQ(queue_.Take()->name, "a");
  EXPECT_EQ(queue_.Take()->name, "b");
}

TEST_F(WorkQueueTest, GivesAnActionToOneWorkerAtATime) {
  queue_.Add(Key("a"));
  const RunKey key = *queue_.Take();
  queue_.Add(key);
  EXPECT_EQ(queue_.depth(), 0U) << "somebody is at it";
  queue_.Done(key);
  EXPECT_EQ(queue_.Take()->name, "a");
  queue_.Done(key);
  EXPECT_EQ(queue_.depth(), 0U);
}

TEST_F(WorkQueueTest, WakesAtTheEarliestTime) {
  queue_.AddAt(Key("late"), now_ + absl::Seconds(20));
  queue_.AddAt(Key("a"), now_ + absl::Seconds(30));
  queue_.AddAt(Key("a"), now_ + absl::Seconds(10));
  queue_.AddAt(Key("never"), absl::InfiniteFuture());
  now_ += absl::Seconds(10);
  EXPECT_EQ(queue_.Take()->name, "a");
  now_ += absl::Seconds(10);
  EXPECT_EQ(queue_.Take()->name, "late");
  EXPECT_EQ(queue_.depth(), 0U);
}

TEST_F(WorkQueueTest, LetsWhatIsNewGoBeforeWhatIsManyAndOld) {
  for (const char* name : {"old-1", "old-2", "old-3"}) queue_.AddBehind(Key(name));
  queue_.Add(Key("new"));
  queue_.Add(Key("old-2"));
  queue_.AddBehind(Key("new"));
  EXPECT_EQ(queue_.depth(), 4U);
  for (const char* name : {"new", "old-2", "old-1", "old-3"}) EXPECT_EQ(queue_.Take()->name, name);
  EXPECT_EQ(queue_.depth(), 0U);
}

TEST_F(WorkQueueTest, ComesToWhatIsOldHoweverMuchIsNew) {
  queue_.AddBehind(Key("old"));
  int taken = 0;
  std::string name;
  while (name != "old" && taken < 100) {
    queue_.Add(Key("new-" + std::to_string(taken)));
    queue_.Add(Key("newer-" + std::to_string(taken)));
    name = queue_.Take()->name;
    ++taken;
  }
  EXPECT_LE(taken, 8);
}

TEST_F(WorkQueueTest, LooksAgainAtWhatIsListedWhileSomebodyIsAtIt) {
  queue_.Add(Key("a"));
  const RunKey key = *queue_.Take();
  queue_.AddBehind(key);
  EXPECT_EQ(queue_.depth(), 0U);
  queue_.Done(key);
  EXPECT_EQ(queue_.Take()->name, "a");
}

TEST_F(WorkQueueTest, ClaimsWhatNobodyIsAtAndNobodyAskedFor) {
  EXPECT_TRUE(queue_.Claim(Key("a")));
  EXPECT_FALSE(queue_.Claim(Key("a"))) << "somebody is at it";
  queue_.Add(Key("a"));
  EXPECT_EQ(queue_.depth(), 0U);
  queue_.Done(Key("a"));
  EXPECT_FALSE(queue_.Claim(Key("a"))) << "asked for meanwhile";
  EXPECT_EQ(queue_.Take()->name, "a");
}

TEST_F(WorkQueueTest, StopEndsTheWaiting) {
  std::thread worker([&] { EXPECT_EQ(queue_.Take(), std::nullopt); });
  queue_.Stop();
  worker.join();
}

const absl::Time kOld = absl::FromUnixSeconds(1);
const absl::Time kNew = absl::FromUnixSeconds(2);

TEST(RunSlots, BelongToTheOldestWhoeverAsksFirst) {
  RunSlots slots(1);
  EXPECT_TRUE(slots.Acquire(Key("first"), kNew));
  EXPECT_FALSE(slots.Acquire(Key("new"), kNew));
  EXPECT_FALSE(slots.Acquire(Key("old"), kOld));
  EXPECT_THAT(slots.Release(Key("first")), ElementsAre(Key("old")));
  EXPECT_FALSE(slots.Acquire(Key("new"), kNew)) << "it is another's turn";
  EXPECT_TRUE(slots.Acquire(Key("old"), kOld));
  EXPECT_TRUE(slots.Acquire(Key("old"), kOld)) << "repeatable";
}

TEST(RunSlots, OneThatLeavesTheQueueLetsTheNextOn) {
  RunSlots slots(1);
  EXPECT_TRUE(slots.Acquire(Key("a"), kOld));
  EXPECT_FALSE(slots.Acquire(Key("b"), kOld));
  EXPECT_FALSE(slots.Acquire(Key("c"), kNew));
  EXPECT_THAT(slots.Release(Key("a")), ElementsAre(Key("b")));
  EXPECT_THAT(slots.Release(Key("b")), ElementsAre(Key("c"))) << "cancelled while it waited";
  EXPECT_TRUE(slots.Acquire(Key("c"), kNew));
}

TEST(RunSlots, WhatHasBegunKeepsItsSlotBeyondTheBound) {
  RunSlots slots(1);
  slots.Hold(Key("a"));
  slots.Hold(Key("b"));
  EXPECT_EQ(slots.held(), 2);
  EXPECT_FALSE(slots.Acquire(Key("c"), kOld));
  EXPECT_THAT(slots.Release(Key("a")), IsEmpty());
  EXPECT_THAT(slots.Release(Key("b")), ElementsAre(Key("c")));
}

RunKey In(const std::string& ns, const std::string& name) { return {ns, name, "uid-" + name}; }

TEST(RunSlots, GoRoundAmongNamespaces) {
  RunSlots slots(2);
  EXPECT_TRUE(slots.Acquire(In("noisy", "n1"), kOld));
  EXPECT_TRUE(slots.Acquire(In("noisy", "n2"), kOld));
  EXPECT_FALSE(slots.Acquire(In("noisy", "n3"), kOld));
  EXPECT_FALSE(slots.Acquire(In("quiet", "q1"), kNew));
  EXPECT_THAT(slots.Release(In("noisy", "n1")), ElementsAre(In("quiet", "q1")))
      << "it came later, but its namespace has none";
  EXPECT_FALSE(slots.Acquire(In("noisy", "n3"), kOld));
  EXPECT_TRUE(slots.Acquire(In("quiet", "q1"), kNew));
  EXPECT_FALSE(slots.Acquire(In("quiet", "q2"), kNew));
  EXPECT_THAT(slots.Release(In("noisy", "n2")), ElementsAre(In("noisy", "n3")));
}

TEST(RunSlots, ANamespaceMayHaveABoundOfItsOwn) {
  RunSlots slots(RunSlots::kUnlimited, 1);
  EXPECT_TRUE(slots.scarce());
  EXPECT_TRUE(slots.Acquire(In("a", "a1"), kOld));
  EXPECT_FALSE(slots.Acquire(In("a", "a2"), kOld));
  EXPECT_TRUE(slots.Acquire(In("b", "b1"), kNew));
  EXPECT_THAT(slots.Release(In("b", "b1")), IsEmpty());
  EXPECT_THAT(slots.Release(In("a", "a1")), ElementsAre(In("a", "a2")));
}

TEST(RunSlots, NoneBeginsWithoutSlots) {
  RunSlots slots(0);
  EXPECT_FALSE(slots.Acquire(Key("a"), kOld));
  EXPECT_FALSE(slots.Acquire(Key("b"), kOld));
  EXPECT_THAT(slots.Release(Key("a")), IsEmpty());
}

TEST(Intake, RunsYieldToWhatIsBeingTakenIn) {
  Intake intake;
  intake.Yield(absl::Hours(1));  // nothing is under way
  std::atomic<bool> created = false;
  auto creation = std::make_unique<Intake::Scope>(intake);
  std::thread run([&] {
    intake.Yield(absl::Hours(1));
    EXPECT_TRUE(created);
  });
  created = true;
  creation.reset();
  run.join();
}

TEST(Intake, TellsWhenTheLastHasEnded) {
  Intake intake;
  int idle = 0;
  intake.OnIdle([&] { ++idle; });
  {
    const Intake::Scope first(intake);
    { const Intake::Scope second(intake); }
    EXPECT_EQ(idle, 0);
  }
  EXPECT_EQ(idle, 1);
}

TEST(Intake, RunsAreNeverHeldUpForGood) {
  Intake intake;
  const Intake::Scope creation(intake);
  intake.Yield(absl::Milliseconds(1));
}

TEST(StreamLimit, RefusesInWordsBeyondTheBound) {
  StreamLimit limit(1);
  {
    const StreamLimit::Slot first(limit);
    EXPECT_TRUE(first.status().ok());
    const StreamLimit::Slot second(limit);
    EXPECT_EQ(second.status().code(), absl::StatusCode::kResourceExhausted);
    EXPECT_EQ(Reason(second.status()), "TOO_MANY_STREAMS");
  }
  EXPECT_TRUE(StreamLimit::Slot(limit).status().ok());
}

TEST(Barrier, OneReadServesAllThatBeganToWaitBeforeIt) {
  std::mutex mutex;
  std::condition_variable changed;
  int reads = 0;
  bool go_on = false;
  Barrier barrier([&](const std::string&) -> Barrier::Identities {
    std::unique_lock lock(mutex);
    ++reads;
    changed.notify_all();
    if (reads == 1) changed.wait(lock, [&] { return go_on; });
    std::vector<v1::PipelineIdentity> identities(1);
    identities[0].set_generation(reads);
    return identities;
  });
  const auto generation = [&] { return (**barrier.Wait("ns")).front().generation(); };
  std::thread first([&] { EXPECT_EQ(generation(), 1); });
  {
    std::unique_lock lock(mutex);
    changed.wait(lock, [&] { return reads == 1; });
  }
  // These come after the first read began: it does not serve them.
  std::vector<std::thread> later;
  later.reserve(8);
  std::atomic<int> begun = 0;
  for (int i = 0; i < 8; ++i) {
    later.emplace_back([&] {
      ++begun;
      EXPECT_GE(generation(), 2);
    });
  }
  while (begun < 8) std::this_thread::yield();
  {
    const std::lock_guard lock(mutex);
    go_on = true;
  }
  changed.notify_all();
  first.join();
  for (std::thread& thread : later) thread.join();
  EXPECT_LT(reads, 9);
}

TEST(Barrier, NamespacesDoNotWaitForEachOther) {
  std::promise<void> go_on;
  std::shared_future<void> wait = go_on.get_future().share();
  Barrier barrier([&](const std::string& ns) -> Barrier::Identities {
    if (ns == "slow") wait.wait();
    return std::vector<v1::PipelineIdentity>();
  });
  std::thread slow([&] { EXPECT_TRUE(barrier.Wait("slow")->ok()); });
  EXPECT_TRUE(barrier.Wait("quick")->ok());
  go_on.set_value();
  slow.join();
}

TEST(Barrier, AFailureIsToldAndNotKept) {
  absl::Status status = absl::UnavailableError("away");
  Barrier barrier([&](const std::string&) -> Barrier::Identities {
    if (!status.ok()) return status;
    return std::vector<v1::PipelineIdentity>();
  });
  EXPECT_FALSE(barrier.Wait("ns")->ok());
  status = absl::OkStatus();
  EXPECT_TRUE(barrier.Wait("ns")->ok());
}

}  // namespace
}  // namespace eventreactor
