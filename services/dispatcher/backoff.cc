#include "services/dispatcher/backoff.h"

#include <algorithm>
#include <random>

namespace eventreactor::dispatcher {

absl::Duration Backoff(uint64_t attempt, double dice) {
  const uint64_t doublings = std::min<uint64_t>(attempt > 0 ? attempt - 1 : 0, 16);
  const absl::Duration whole = std::min(kFirstRetry * (uint64_t{1} << doublings), kLongestRetry);
  return whole * (1.0 - dice / 2);
}

absl::Duration Backoff(uint64_t attempt) {
  thread_local std::minstd_rand random{std::random_device{}()};
  return Backoff(attempt, std::uniform_real_distribution<double>(0, 1)(random));
}

}  // namespace eventreactor::dispatcher
