#include "services/dispatcher/gate.h"

#include <gtest/gtest.h>

#include <atomic>
#include <thread>

namespace eventreactor::dispatcher {
namespace {

TEST(GateTest, ClosesOnlyWhenTheAdapterIsAway) {
  AdapterGate gate([] { return absl::OkStatus(); });
  EXPECT_TRUE(gate.open());
  gate.Report(absl::OkStatus());
  gate.Report(absl::InternalError("a fault of one call"));
  gate.Report(absl::InvalidArgumentError("a refusal"));
  EXPECT_TRUE(gate.open());
  EXPECT_TRUE(gate.Wait());
  gate.Report(absl::DeadlineExceededError("no answer"));
  EXPECT_FALSE(gate.open());
}

TEST(GateTest, OpensWhenAKnockIsAnswered) {
  std::atomic<int> knocks = 0;
  AdapterGate gate([&] {
    return ++knocks < 2 ? absl::UnavailableError("away") : absl::InternalError("there again");
  });
  gate.Report(absl::UnavailableError("away"));
  EXPECT_TRUE(gate.Wait());
  EXPECT_TRUE(gate.open());
  EXPECT_EQ(knocks, 2);
}

TEST(GateTest, StopEndsTheWait) {
  AdapterGate gate([] { return absl::UnavailableError("away"); });
  gate.Report(absl::UnavailableError("away"));
  std::thread first([&] { EXPECT_FALSE(gate.Wait()); });
  std::thread second([&] { EXPECT_FALSE(gate.Wait()); });
  gate.Stop();
  first.join();
  second.join();
}

}  // namespace
}  // namespace eventreactor::dispatcher
