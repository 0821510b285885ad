#include "services/dispatcher/backlog.h"

#include <gtest/gtest.h>

#include <future>

#include "services/dispatcher/testing.h"

namespace eventreactor::dispatcher {
namespace {

class BacklogTest : public ::testing::Test {
 protected:
  // Messages as a creator has them in its hands.
  Tasks Fetched(int count) {
    for (int i = 0; i < count; ++i) {
      EXPECT_TRUE(bus_.Publish(EventMessage("push", "/repo", std::to_string(next_++))).ok());
    }
    auto consumer = bus_.Consume(bus::kEvents, "dispatcher");
    auto deliveries = (*consumer)->Fetch(count, absl::Seconds(1));
    Tasks tasks;
    for (auto& each : *deliveries) tasks.push_back(std::make_unique<Task>(std::move(each), loans_));
    return tasks;
  }

  template <typename T>
  static bool Waits(std::future<T>& future) {
    return future.wait_for(std::chrono::milliseconds(30)) == std::future_status::timeout;
  }

  bus::FakeBus bus_;
  Loans loans_;
  int next_ = 0;
};

TEST_F(BacklogTest, WhileAnybodyCreatesNobodyConcludes) {
  Backlog backlog(2, {.patience = absl::Hours(1)});
  backlog.Begin();
  backlog.Begin();
  backlog.Put(Fetched(1));
  auto steady = std::async(std::launch::async, [&] { return backlog.Take(true).size(); });
  EXPECT_TRUE(Waits(steady));
  backlog.Put({});
  EXPECT_EQ(steady.get(), 1U);
}

TEST_F(BacklogTest, WhereCreationGoesOnOneThreadAloneConcludes) {
  Backlog backlog(2, {.patience = absl::ZeroDuration()});
  backlog.Begin();
  backlog.Begin();
  backlog.Put(Fetched(1));
  EXPECT_EQ(backlog.Take(true).size(), 1U);
  auto other = std::async(std::launch::async, [&] { return backlog.Take(false).size(); });
  EXPECT_TRUE(Waits(other));
  EXPECT_TRUE(backlog.creating());
  backlog.Put(Fetched(3));
  EXPECT_FALSE(backlog.creating());
  EXPECT_EQ(other.get(), 3U);
}

TEST_F(BacklogTest, WhatIsPutBackIsFirstAgain) {
  Backlog backlog(1);
  backlog.Begin();
  backlog.Put(Fetched(3));
  Tasks taken = backlog.Take(false);
  ASSERT_EQ(taken.size(), 3U);
  const Task* second = taken[1].get();
  const Task* third = taken[2].get();
  taken.erase(taken.begin());
  backlog.Begin();
  backlog.Put(Fetched(1));
  backlog.PutBack(std::move(taken));
  taken = backlog.Take(false);
  ASSERT_EQ(taken.size(), 3U);
  EXPECT_EQ(taken[0].get(), second);
  EXPECT_EQ(taken[1].get(), third);
}

TEST_F(BacklogTest, WhatIsGivenBackIsForAnother) {
  Backlog backlog(1);
  backlog.Begin();
  backlog.Put(Fetched(2));
  backlog.GiveBack();
  backlog.Leave();
  EXPECT_TRUE(backlog.Take(true).empty());
  auto consumer = bus_.Consume(bus::kEvents, "dispatcher");
  EXPECT_EQ((*consumer)->Fetch(10, absl::ZeroDuration())->size(), 2U) << "at once, not in a minute";
}

TEST_F(BacklogTest, CreationWaitsWhileItIsFull) {
  Backlog backlog(1, {.tasks = 2});
  backlog.Begin();
  backlog.Put(Fetched(2));
  backlog.Begin();
  auto put = std::async(std::launch::async,
                        [&, tasks = Fetched(1)]() mutable { backlog.Put(std::move(tasks)); });
  EXPECT_TRUE(Waits(put));
  EXPECT_EQ(backlog.Take(false).size(), 2U) << "who waits for room does not create";
  put.get();
  EXPECT_EQ(backlog.Take(false).size(), 1U);
}

TEST_F(BacklogTest, IsBoundedInBytesToo) {
  Backlog backlog(1, {.bytes = 1});
  backlog.Begin();
  backlog.Put(Fetched(1));
  backlog.Begin();
  auto put = std::async(std::launch::async, [&] { backlog.Put({}); });
  EXPECT_TRUE(Waits(put));
  EXPECT_EQ(backlog.Take(false).size(), 1U);
  put.get();
}

TEST_F(BacklogTest, IsEmptiedBeforeItEnds) {
  Backlog backlog(1);
  backlog.Begin();
  backlog.Put(Fetched(1));
  backlog.Leave();
  EXPECT_EQ(backlog.Take(false).size(), 1U);
  EXPECT_TRUE(backlog.Take(false).empty());
}

TEST_F(BacklogTest, WhatHasEndedIsNotConcluded) {
  Backlog backlog(1);
  Tasks tasks = Fetched(2);
  tasks.front()->hold.reset();
  backlog.Begin();
  backlog.Put(std::move(tasks));
  EXPECT_EQ(backlog.Take(false).size(), 1U);
}

}  // namespace
}  // namespace eventreactor::dispatcher
