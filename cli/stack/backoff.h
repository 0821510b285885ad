// How long a process that ended waits before it is started again. Pure.
#pragma once

#include <algorithm>

#include "absl/time/time.h"

namespace eventreactor::stack {

// 100 ms, doubling with each end up to 10 s. One that ran for 30 s was well:
// it begins anew.
class Backoff {
 public:
  absl::Duration Next(absl::Duration ran) {
    if (ran >= absl::Seconds(30)) next_ = kFirst;
    const absl::Duration delay = next_;
    next_ = std::min(next_ * 2, kLast);
    return delay;
  }

 private:
  static constexpr absl::Duration kFirst = absl::Milliseconds(100);
  static constexpr absl::Duration kLast = absl::Seconds(10);
  absl::Duration next_ = kFirst;
};

}  // namespace eventreactor::stack
