// The order of an adapter's work: what the bus waits for (creating Actions,
// recording Events) goes before beginning runs, so that a burst is taken in
// first and worked off after.
#pragma once

#include <chrono>
#include <condition_variable>
#include <mutex>

#include "absl/time/time.h"

namespace eventreactor {

// Thread-safe.
class Intake {
 public:
  // A creation or recording under way.
  class Scope {
   public:
    explicit Scope(Intake& intake) : intake_(intake) {
      const std::lock_guard lock(intake_.mutex_);
      ++intake_.under_way_;
    }
    ~Scope() {
      const std::lock_guard lock(intake_.mutex_);
      if (--intake_.under_way_ == 0) intake_.idle_.notify_all();
    }
    Scope(const Scope&) = delete;
    Scope& operator=(const Scope&) = delete;

   private:
    Intake& intake_;
  };

  bool busy() {
    const std::lock_guard lock(mutex_);
    return under_way_ > 0;
  }

  // Waits until none is under way, but no longer than `most`: runs are slowed
  // down, never held up.
  void Yield(absl::Duration most) {
    std::unique_lock lock(mutex_);
    idle_.wait_for(lock, absl::ToChronoNanoseconds(most), [&] { return under_way_ == 0; });
  }

 private:
  std::mutex mutex_;
  std::condition_variable idle_;
  int under_way_ = 0;
};

}  // namespace eventreactor
