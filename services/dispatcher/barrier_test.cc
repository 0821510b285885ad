#include "services/dispatcher/barrier.h"

#include <gtest/gtest.h>

#include <atomic>
#include <future>
#include <thread>
#include <vector>

#include "absl/time/clock.h"
#include "libs/domain/fixtures.h"
#include "services/dispatcher/fake_adapter.h"

namespace eventreactor::dispatcher {
namespace {

using fixtures::EventPipeline;

class BarrierTest : public ::testing::Test {
 protected:
  BarrierTest() : cache_(adapter_) { cache_.WaitReady(); }

  FakeAdapter adapter_;
  PipelineCache cache_;
  PipelineBarrier barrier_{adapter_, cache_, absl::ZeroDuration()};
};

TEST_F(BarrierTest, LacksNothingThatWasStoredBefore) {
  adapter_.HoldWatches(true);
  adapter_.Apply(EventPipeline("a", "push"));
  adapter_.Apply(EventPipeline("broken", "push", "("));
  const auto view = barrier_.Await("default");
  ASSERT_TRUE(view.ok()) << view.status();
  EXPECT_NE((*view)->snapshot().Find("default", "a"), nullptr);
  EXPECT_TRUE((*view)->BrokenOf("default").contains("broken"));
}

TEST_F(BarrierTest, FetchesOnlyWhatIsLacking) {
  adapter_.HoldWatches(true);
  adapter_.Apply(EventPipeline("a", "push"));
  ASSERT_TRUE(barrier_.Await("default").ok());
  EXPECT_EQ(adapter_.Calls("GetPipeline"), 1);
  ASSERT_TRUE(barrier_.Await("default").ok());
  EXPECT_EQ(adapter_.Calls("GetPipeline"), 1) << "what was fetched is kept until the watch has it";
  adapter_.Apply(EventPipeline("a", "pull"));
  const auto view = barrier_.Await("default");
  EXPECT_EQ(adapter_.Calls("GetPipeline"), 2);
  EXPECT_EQ((*view)->snapshot().ForType("default", "pull").size(), 1U);
  EXPECT_EQ((*view)->snapshot().ForType("default", "push").size(), 0U);
}

TEST_F(BarrierTest, WithoutAnythingNewTheCachesViewIsTheAnswer) {
  const auto view = barrier_.Await("default");
  ASSERT_TRUE(view.ok());
  EXPECT_EQ(*view, cache_.Current());
}

TEST_F(BarrierTest, APipelineDeletedInTheMeantimeIsNoError) {
  adapter_.HoldWatches(true);
  adapter_.Apply(EventPipeline("a", "push"));
  adapter_.SetHook([this](const std::string& call, const std::string&) {
    if (call == "GetPipeline") adapter_.DeletePipeline("default", "a");
    return absl::OkStatus();
  });
  const auto view = barrier_.Await("default");
  ASSERT_TRUE(view.ok()) << view.status();
  EXPECT_EQ((*view)->snapshot().size(), 0U);
}

TEST_F(BarrierTest, AnErrorIsOfThisCallOnly) {
  adapter_.Fail(absl::UnavailableError("away"));
  EXPECT_TRUE(absl::IsUnavailable(barrier_.Await("default").status()));
  adapter_.Fail(absl::OkStatus());
  EXPECT_TRUE(barrier_.Await("default").ok());
}

// While one call is under way, all that come wait for the next one, and it
// serves them all; the one under way serves none of them.
TEST_F(BarrierTest, OneCallServesAllThatWaited) {
  std::promise<void> entered;
  std::promise<void> go_on;
  std::atomic<int> calls = 0;
  adapter_.SetHook([&](const std::string& call, const std::string&) {
    if (call == "Barrier" && ++calls == 1) {
      entered.set_value();
      go_on.get_future().wait();
    }
    return absl::OkStatus();
  });
  std::thread first([&] { EXPECT_TRUE(barrier_.Await("default").ok()); });
  entered.get_future().wait();
  adapter_.HoldWatches(true);
  adapter_.Apply(EventPipeline("late", "push"));
  std::atomic<int> started = 0;
  std::vector<std::thread> others;
  for (int i = 0; i < 8; ++i) {
    others.emplace_back([&] {
      ++started;
      const auto view = barrier_.Await("default");
      ASSERT_TRUE(view.ok());
      EXPECT_NE((*view)->snapshot().Find("default", "late"), nullptr);
    });
  }
  while (started < 8) std::this_thread::yield();
  // Another namespace does not wait for this one.
  EXPECT_TRUE(barrier_.Await("other").ok());
  go_on.set_value();
  first.join();
  for (std::thread& other : others) other.join();
  // One for `first`, one for `other`; one for the eight, or few more where a
  // thread was slow to begin its wait.
  EXPECT_GE(calls, 3);
  EXPECT_LE(calls, 10);
}

TEST_F(BarrierTest, CallsOfANamespaceAreAnIntervalApart) {
  PipelineBarrier slow(adapter_, cache_, absl::Milliseconds(30));
  std::vector<absl::Time> sent;
  adapter_.SetHook([&](const std::string& call, const std::string&) {
    if (call == "Barrier") sent.push_back(absl::Now());
    return absl::OkStatus();
  });
  for (int i = 0; i < 3; ++i) ASSERT_TRUE(slow.Await("default").ok());
  ASSERT_EQ(sent.size(), 3U);
  EXPECT_GE(sent[2] - sent[0], absl::Milliseconds(59));
}

TEST_F(BarrierTest, ForgetsNamespacesThatNobodyWaitsFor) {
  // Beyond the bound nothing grows, and each is still answered.
  for (int i = 0; i < 2500; ++i) {
    ASSERT_TRUE(barrier_.Await("ns-" + std::to_string(i)).ok());
  }
}

}  // namespace
}  // namespace eventreactor::dispatcher
