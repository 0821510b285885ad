// Time within a process, for how long and until when. The time of day, which
// absl::Now() tells, may be set by an hour at any moment: a machine that
// starts with 1970 and then asks NTP, a laptop that was closed. It is for what
// is written down and shown.
#pragma once

#include <chrono>

#include "absl/time/clock.h"
#include "absl/time/time.h"

namespace eventreactor {

// What has passed since the process asked first, added to the time of day of
// that moment. Never goes back, and stands still while the machine sleeps
// (CLOCK_MONOTONIC). Means nothing outside of this process. Thread-safe.
inline absl::Time SteadyNow() {
  using Steady = std::chrono::steady_clock;
  struct Beginning {
    Steady::time_point steady = Steady::now();
    absl::Time day = absl::Now();
  };
  static const Beginning beginning;
  return beginning.day + absl::FromChrono(Steady::now() - beginning.steady);
}

}  // namespace eventreactor
