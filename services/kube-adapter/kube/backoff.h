// How long to wait before trying again. Pure but for the dice.
#pragma once

#include <cstdint>

#include "absl/time/time.h"

namespace eventreactor::kube {

struct BackoffPolicy {
  absl::Duration first = absl::Milliseconds(100);
  absl::Duration longest = absl::Seconds(10);
};

// Full jitter: anything below first * 2^attempt (0 is the first), and below
// the longest; `dice` in [0,1) says where.
absl::Duration BackoffDelay(const BackoffPolicy& policy, uint64_t attempt, double dice);

// In [0,1); each thread has dice of its own.
double RollDice();

}  // namespace eventreactor::kube
