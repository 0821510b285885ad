#include "services/kube-adapter/kube/backoff.h"

#include <algorithm>
#include <random>

namespace eventreactor::kube {

absl::Duration BackoffDelay(const BackoffPolicy& policy, uint64_t attempt, double dice) {
  const uint64_t doublings = std::min<uint64_t>(attempt, 30);
  return std::min(policy.first * (uint64_t{1} << doublings), policy.longest) * dice;
}

double RollDice() {
  thread_local std::minstd_rand random{std::random_device{}()};
  return std::uniform_real_distribution<double>(0, 1)(random);
}

}  // namespace eventreactor::kube
