// Durations as Go writes them: 90s, 1h30m, 1.5h, 250ms. Pure.
#pragma once

#include <string>

#include "absl/status/statusor.h"
#include "absl/time/time.h"

namespace eventreactor {

// What Go's time.ParseDuration takes: an optional sign and numbers with the
// units ns, us (also with either micro sign), ms, s, m and h; or 0.
// INVALID_ARGUMENT without a field otherwise, or beyond 290 years.
absl::StatusOr<absl::Duration> ParseGoDuration(const std::string& text);

}  // namespace eventreactor
