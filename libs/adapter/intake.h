// The order of an adapter's work: what the bus waits for (creating Actions,
// recording Events) goes before beginning runs, so that a burst is taken in
// first and worked off after.
#pragma once

#include <chrono>
#include <condition_variable>
#include <functional>
#include <mutex>
#include <utility>

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
    ~Scope() { intake_.End(); }
    Scope(const Scope&) = delete;
    Scope& operator=(const Scope&) = delete;

   private:
    Intake& intake_;
  };

  // Called whenever the last one has ended, from its thread. Set before the
  // first Scope.
  void OnIdle(std::function<void()> listener) { listener_ = std::move(listener); }

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
  void End() {
    {
      const std::lock_guard lock(mutex_);
      if (--under_way_ > 0) return;
      idle_.notify_all();
    }
    if (listener_) listener_();
  }

  std::function<void()> listener_;
  std::mutex mutex_;
  std::condition_variable idle_;
  int under_way_ = 0;
};

}  // namespace eventreactor
