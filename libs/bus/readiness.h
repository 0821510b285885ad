// Whether a process can use the bus: it is connected, and the streams are
// there and fit.
#pragma once

#include <condition_variable>
#include <functional>
#include <mutex>
#include <thread>

#include "absl/status/status.h"
#include "absl/time/time.h"

namespace eventreactor::bus {

class Readiness {
 public:
  struct Probes {
    std::function<bool()> connected;
    // Asks the server; called once a second until it is OK, then every ten,
    // and after each reconnect.
    std::function<absl::Status()> verify_streams;
    // Told of each change, and of what Check found first.
    std::function<void(const absl::Status&)> changed;
  };
  explicit Readiness(Probes probes);

  // Looks at the bus. From one thread.
  void Check(absl::Time now);

  // What Check saw last; UNAVAILABLE before its first call. Thread-safe.
  absl::Status status() const;

 private:
  absl::Status Look(absl::Time now);

  const Probes probes_;
  absl::Time next_verify_ = absl::InfinitePast();
  absl::Status verified_;
  bool checked_ = false;
  mutable std::mutex mutex_;
  absl::Status status_;
};

// Checks twice a second on a thread of its own until destroyed.
class ReadinessPoller {
 public:
  // `readiness` is not owned.
  explicit ReadinessPoller(Readiness& readiness);

 private:
  std::mutex mutex_;
  std::condition_variable_any wake_;
  // Last, so that it is stopped and joined first.
  std::jthread thread_;
};

}  // namespace eventreactor::bus
