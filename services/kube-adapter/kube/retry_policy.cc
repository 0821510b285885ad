#include "services/kube-adapter/kube/retry_policy.h"

namespace eventreactor::kube {
namespace {

bool MayBeSentAgain(const Outcome& outcome, bool repeatable) {
  switch (outcome.failure) {
    case Failure::kNotSent:
      return true;
    case Failure::kLost:
      return repeatable;
    case Failure::kFinal:
      return false;
    case Failure::kAnswered:
      break;
  }
  switch (outcome.code) {
    case 429:
      // Turned away before anything was done.
      return true;
    case 500:
      // The server says so where it knows that it will pass.
      return repeatable && outcome.retry_after > absl::ZeroDuration();
    case 502:
    case 503:
    case 504:
      return repeatable;
    default:
      return false;
  }
}

}  // namespace

std::optional<absl::Duration> RetryDelay(const Outcome& outcome, const RetryTerms& terms,
                                         const BackoffPolicy& policy, double dice) {
  if (terms.attempts >= terms.max_attempts) return std::nullopt;
  if (!MayBeSentAgain(outcome, terms.repeatable)) return std::nullopt;
  const auto attempt = static_cast<uint64_t>(terms.attempts - 1);
  // On top of what was asked for, so that all who were turned away together
  // do not come back together.
  const absl::Duration delay = outcome.retry_after + BackoffDelay(policy, attempt, dice);
  if (delay >= terms.left) return std::nullopt;
  return delay;
}

}  // namespace eventreactor::kube
