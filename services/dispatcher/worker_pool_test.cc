#include "services/dispatcher/worker_pool.h"

#include <gtest/gtest.h>

#include <atomic>
#include <functional>
#include <future>

#include "services/dispatcher/testing.h"

namespace eventreactor::dispatcher {
namespace {

using eventreactor::fixtures::ChainedPipeline;
using eventreactor::fixtures::EventPipeline;

class WorkerPoolTest : public ::testing::Test {
 protected:
  std::unique_ptr<WorkerPool> Start(Process& process) {
    return std::make_unique<WorkerPool>(
        bus_, process.cache, process.gate,
        std::vector<Crew>{{bus::kEvents, process.events, 3}, {bus::kActions, process.actions, 1}},
        8);
  }

  bus::FakeBus bus_;
  FakeAdapter adapter_;
};

TEST_F(WorkerPoolTest, DispatchesEventsAndChains) {
  adapter_.Apply(EventPipeline("build", "push"));
  adapter_.Apply(ChainedPipeline("test", "build"));
  Process process(bus_, adapter_);
  const auto pool = Start(process);
  for (int i = 0; i < 200; ++i) {
    ASSERT_TRUE(bus_.Publish(EventMessage("push", "/repo", std::to_string(i))).ok());
  }
  ASSERT_TRUE(Eventually([&] { return bus_.Stored(bus::kEvents).empty(); }));
  EXPECT_EQ(adapter_.CreatedEver(), 200);
  EXPECT_EQ(adapter_.Events().size(), 200U);
  EXPECT_TRUE(Eventually([&] { return pool->Attached(); }));
  for (v1::Action action : adapter_.Actions()) {
    action.mutable_status()->set_completion(v1::COMPLETION_SUCCESS);
    ASSERT_TRUE(bus_.Publish(ActionMessage(action)).ok());
  }
  ASSERT_TRUE(Eventually([&] { return bus_.Stored(bus::kActions).empty(); }));
  EXPECT_EQ(adapter_.CreatedEver(), 400);
}

TEST_F(WorkerPoolTest, TakesNothingWhileTheAdapterIsDown) {
  adapter_.Apply(EventPipeline("build", "push"));
  Process process(bus_, adapter_);
  process.gate.Report(absl::UnavailableError("away"));
  adapter_.Fail(absl::UnavailableError("away"));
  const auto pool = Start(process);
  ASSERT_TRUE(bus_.Publish(EventMessage("push", "/repo", "1")).ok());
  const int knocks = adapter_.Calls("Barrier");
  ASSERT_TRUE(Eventually([&] { return adapter_.Calls("Barrier") >= knocks + 2; }));
  EXPECT_EQ(adapter_.Calls("Create"), 0);
  EXPECT_FALSE(pool->Attached());
  adapter_.Fail(absl::OkStatus());
  ASSERT_TRUE(Eventually([&] { return bus_.Stored(bus::kEvents).empty(); }));
  EXPECT_EQ(adapter_.CreatedEver(), 1);
}

TEST_F(WorkerPoolTest, ComesBackAfterTheBus) {
  adapter_.Apply(EventPipeline("build", "push"));
  Process process(bus_, adapter_);
  bus_.SetConnected(false);
  const auto pool = Start(process);
  EXPECT_FALSE(pool->Attached());
  bus_.SetConnected(true);
  ASSERT_TRUE(Eventually([&] { return pool->Attached(); }));
  bus_.SetConnected(false);
  ASSERT_TRUE(Eventually([&] { return !pool->Attached(); }));
  bus_.SetConnected(true);
  ASSERT_TRUE(bus_.Publish(EventMessage("push", "/repo", "1")).ok());
  ASSERT_TRUE(Eventually([&] { return bus_.Stored(bus::kEvents).empty(); }));
  EXPECT_EQ(adapter_.CreatedEver(), 1);
}

TEST_F(WorkerPoolTest, StopFinishesWhatIsUnderWay) {
  adapter_.Apply(EventPipeline("build", "push"));
  Process process(bus_, adapter_);
  std::promise<void> entered;
  std::promise<void> go_on;
  std::atomic<int> creates = 0;
  adapter_.SetHook([&](const std::string& call, const std::string&) {
    if (call == "Create" && ++creates == 1) {
      entered.set_value();
      go_on.get_future().wait();
    }
    return absl::OkStatus();
  });
  const auto pool = Start(process);
  ASSERT_TRUE(bus_.Publish(EventMessage("push", "/repo", "1")).ok());
  entered.get_future().wait();
  EXPECT_FALSE(pool->Stop(absl::Milliseconds(1))) << "one is under way";
  ASSERT_TRUE(bus_.Publish(EventMessage("push", "/repo", "2")).ok());
  go_on.set_value();
  EXPECT_TRUE(pool->Stop(absl::InfiniteDuration()));
  EXPECT_EQ(adapter_.Events().size(), 1U) << "the first is finished, the second not begun";
  EXPECT_EQ(bus_.Stored(bus::kEvents).size(), 1U);
}

}  // namespace
}  // namespace eventreactor::dispatcher
