// Whether a request that failed is sent again, and when. Pure.
#pragma once

#include <optional>

#include "absl/time/time.h"
#include "services/kube-adapter/kube/backoff.h"

namespace eventreactor::kube {

enum class Failure {
  // An answer came; its code says how.
  kAnswered,
  // Nothing was sent: no connection could be made.
  kNotSent,
  // The connection was lost; the server may have carried the request out.
  kLost,
  // Trying again cannot help: a certificate that is not trusted.
  kFinal,
};

struct Outcome {
  Failure failure = Failure::kFinal;
  // The HTTP status, of kAnswered.
  int code = 0;
  absl::Duration retry_after;
};

struct RetryTerms {
  // Tries so far, this one included.
  int attempts = 1;
  int max_attempts = 1;
  bool repeatable = false;
  // Until the request's deadline.
  absl::Duration left;
};

// How long to wait before the next try; nothing: this was the last. What the
// server asked for by Retry-After is the least.
std::optional<absl::Duration> RetryDelay(const Outcome& outcome, const RetryTerms& terms,
                                         const BackoffPolicy& policy, double dice);

}  // namespace eventreactor::kube
