// Read, change, write, and again if someone else wrote in between.
#pragma once

#include <functional>
#include <stop_token>

#include "absl/status/status.h"
#include "services/kube-adapter/kube/backoff.h"
#include "services/kube-adapter/kube/clock.h"

namespace eventreactor::kube {

struct ConflictRetry {
  int max_attempts = 8;
  BackoffPolicy backoff{.first = absl::Milliseconds(10), .longest = absl::Seconds(1)};
};

// Calls `attempt` until it returns anything but ABORTED; `attempt` reads the
// object anew each time. Returns its last answer.
absl::Status RetryOnConflict(const std::function<absl::Status()>& attempt,
                             const ConflictRetry& options = {}, const std::stop_token& stop = {},
                             Clock& clock = SystemClock());

}  // namespace eventreactor::kube
