// Time as this library sees it, so that tests need not wait for it.
#pragma once

#include <chrono>
#include <stop_token>

#include "absl/time/time.h"

namespace eventreactor::kube {

// Thread-safe.
class Clock {
 public:
  virtual ~Clock() = default;
  // What a calendar says; may jump.
  virtual absl::Time Now() = 0;
  // Since some beginning; never jumps.
  virtual absl::Duration Steady() = 0;
  // False if `stop` was asked for before `duration` had passed.
  virtual bool Sleep(absl::Duration duration, const std::stop_token& stop) = 0;
};

// The machine's.
Clock& SystemClock();

// For the waits of the standard library, which overflow: at most a day.
std::chrono::nanoseconds ToWait(absl::Duration duration);

}  // namespace eventreactor::kube
