#include "services/kube-adapter/kube/clock.h"

#include <algorithm>
#include <condition_variable>
#include <mutex>

#include "absl/time/clock.h"

namespace eventreactor::kube {
namespace {

class RealClock : public Clock {
 public:
  absl::Time Now() override { return absl::Now(); }

  absl::Duration Steady() override {
    return absl::FromChrono(std::chrono::steady_clock::now().time_since_epoch());
  }

  bool Sleep(absl::Duration duration, const std::stop_token& stop) override {
    std::mutex mutex;
    std::condition_variable_any never;
    std::unique_lock lock(mutex);
    never.wait_for(lock, stop, ToWait(duration), [] { return false; });
    return !stop.stop_requested();
  }
};

}  // namespace

Clock& SystemClock() {
  static RealClock clock;
  return clock;
}

std::chrono::nanoseconds ToWait(absl::Duration duration) {
  return absl::ToChronoNanoseconds(std::clamp(duration, absl::ZeroDuration(), absl::Hours(24)));
}

}  // namespace eventreactor::kube
