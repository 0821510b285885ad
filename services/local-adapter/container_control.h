// What others want of a run, and how its thread waits without missing it.
// Thread-safe.
#pragma once

#include <chrono>
#include <condition_variable>
#include <mutex>
#include <stop_token>

#include "absl/time/time.h"
#include "libs/domain/run.h"

namespace eventreactor::local {

class RunControl {
 public:
  // Asks for the end of the containers; the first reason stays.
  void RequestStop(StopReason reason) {
    {
      const std::lock_guard lock(mutex_);
      if (reason_ == StopReason::kNone) reason_ = reason;
    }
    wake_.notify_all();
  }
  StopReason stop_reason() const {
    const std::lock_guard lock(mutex_);
    return reason_;
  }

  // Asks the thread to leave everything as it is and return.
  void Abandon() {
    {
      // Under the lock, so that a Sleep that is about to begin sees it.
      const std::lock_guard lock(mutex_);
      abandoned_.request_stop();
    }
    wake_.notify_all();
  }
  bool abandoned() const { return abandoned_.stop_requested(); }
  std::stop_token token() const { return abandoned_.get_token(); }

  // Waits; ends early when either is asked for while it waits.
  void Sleep(absl::Duration duration) const {
    std::unique_lock lock(mutex_);
    const StopReason before = reason_;
    wake_.wait_for(lock, absl::ToChronoMilliseconds(duration),
                   [&] { return abandoned_.stop_requested() || reason_ != before; });
  }

 private:
  mutable std::mutex mutex_;
  mutable std::condition_variable wake_;
  StopReason reason_ = StopReason::kNone;
  std::stop_source abandoned_;
};

}  // namespace eventreactor::local
