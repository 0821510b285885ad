// Many seeds, and that they would find what is wrong.
//
//   ER_SIM_SEEDS=10000 build/tests/simulation_test     so many seeds
//   ER_SIM_SEED=17 build/tests/simulation_test         one seed, with its trace
#include "tests/simulation/simulation.h"

#include <glog/logging.h>
#include <gtest/gtest.h>

#include <cstdio>
#include <cstdlib>
#include <string>

#include "absl/strings/numbers.h"
#include "absl/strings/str_join.h"

namespace eventreactor::simulation {
namespace {

uint64_t FromEnvironment(const char* name, uint64_t otherwise) {
  const char* const text = std::getenv(name);
  uint64_t value = 0;
  return text != nullptr && absl::SimpleAtoi(text, &value) ? value : otherwise;
}

class SimulationTest : public testing::Test {
 protected:
  // What the product says of faults that are meant is not read by anybody.
  SimulationTest() { FLAGS_minloglevel = google::GLOG_FATAL; }
};

TEST_F(SimulationTest, EveryEventIsDispatchedOnceAndEveryActionComesToItsEnd) {
  const uint64_t one = FromEnvironment("ER_SIM_SEED", 0);
  if (one > 0) {
    const Report report = Simulate(one, Mutation::kNone, /*print=*/true);
    EXPECT_TRUE(report.faults.empty()) << absl::StrJoin(report.faults, "\n");
    return;
  }
  const uint64_t seeds = FromEnvironment("ER_SIM_SEEDS", UsualSeeds());
  Report sum;
  int failed = 0;
  for (uint64_t seed = 1; seed <= seeds && failed < 10; ++seed) {
    const Report report = Simulate(seed);
    failed += report.faults.empty() ? 0 : 1;
    EXPECT_TRUE(report.faults.empty()) << "ER_SIM_SEED=" << seed << " shows how:\n"
                                       << absl::StrJoin(report.faults, "\n");
    sum.steps += report.steps;
    sum.processes += report.processes;
    sum.events += report.events;
    sum.actions += report.actions;
  }
  std::printf("%llu seeds: %d events, %d Actions, %d processes, %llu steps\n",
              static_cast<unsigned long long>(seeds), sum.events, sum.actions, sum.processes,
              static_cast<unsigned long long>(sum.steps));
}

TEST_F(SimulationTest, TheSameSeedIsTheSameRun) {
  for (uint64_t seed = 1; seed <= 8; ++seed) {
    EXPECT_EQ(Simulate(seed).trace, Simulate(seed).trace) << seed;
  }
  EXPECT_NE(Simulate(1).trace, Simulate(2).trace);
}

// A simulation that finds nothing might see nothing.
TEST_F(SimulationTest, WhatIsWrongIsFound) {
  constexpr uint64_t kSeeds = 1000;
  for (const Mutation mutation :
       {Mutation::kAcksFirst, Mutation::kNeverTooLate, Mutation::kStaleBarrier,
        Mutation::kSwallowedErrors, Mutation::kBeginsAnew}) {
    uint64_t seed = 1;
    while (seed <= kSeeds && Simulate(seed, mutation).faults.empty()) ++seed;
    EXPECT_LE(seed, kSeeds) << "nobody noticed mutation " << static_cast<int>(mutation);
    std::printf("mutation %d is found by seed %llu\n", static_cast<int>(mutation),
                static_cast<unsigned long long>(seed));
  }
}

}  // namespace
}  // namespace eventreactor::simulation
