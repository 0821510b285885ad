// How long to wait before trying again. Pure but for the dice.
#pragma once

#include <cstdint>

#include "absl/time/time.h"

namespace eventreactor::dispatcher {

// After the first failure, and at most.
inline constexpr absl::Duration kFirstRetry = absl::Milliseconds(200);
inline constexpr absl::Duration kLongestRetry = absl::Seconds(10);

// Doubles with each attempt (1 is the first) from kFirstRetry to
// kLongestRetry; `dice` in [0,1) takes up to half of it away, so that many who
// failed together do not come back together.
absl::Duration Backoff(uint64_t attempt, double dice);
// With dice of its own.
absl::Duration Backoff(uint64_t attempt);

}  // namespace eventreactor::dispatcher
