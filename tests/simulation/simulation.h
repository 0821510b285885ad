// One run of the pipeline's core from a seed: dispatchers and an adapter over
// a bus, a store and an engine in memory, users who keep them busy, and dice
// for everything else. The same seed is the same run.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "tests/simulation/calls.h"

namespace eventreactor::simulation {

struct Report {
  // Over everything that happened, in order.
  uint64_t trace = 0;
  // In words, what should not have happened.
  std::vector<std::string> faults;
  uint64_t steps = 0;
  int processes = 0;
  int events = 0;
  int actions = 0;
};

// How many seeds are a matter of seconds for what is built: fewer where it is
// not optimised.
uint64_t UsualSeeds();

// `print`: what happens goes to standard output.
Report Simulate(uint64_t seed, Mutation mutation = Mutation::kNone, bool print = false);

}  // namespace eventreactor::simulation
