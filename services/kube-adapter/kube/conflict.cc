#include "services/kube-adapter/kube/conflict.h"

namespace eventreactor::kube {

absl::Status RetryOnConflict(const std::function<absl::Status()>& attempt,
                             const ConflictRetry& options, const std::stop_token& stop,
                             Clock& clock) {
  for (int i = 0;; ++i) {
    absl::Status status = attempt();
    if (!absl::IsAborted(status) || i + 1 >= options.max_attempts) return status;
    const auto failures = static_cast<uint64_t>(i);
    if (!clock.Sleep(BackoffDelay(options.backoff, failures, RollDice()), stop)) return status;
  }
}

}  // namespace eventreactor::kube
