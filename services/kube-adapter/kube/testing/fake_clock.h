// A clock that stands still until a test moves it.
#pragma once

#include <condition_variable>
#include <mutex>
#include <set>

#include "services/kube-adapter/kube/clock.h"

namespace eventreactor::kube {

class FakeClock : public Clock {
 public:
  explicit FakeClock(absl::Time now = absl::FromUnixSeconds(1'700'000'000)) : start_(now) {}

  absl::Time Now() override;
  absl::Duration Steady() override;
  // Until Advance has gone so far.
  bool Sleep(absl::Duration duration, const std::stop_token& stop) override;

  void Advance(absl::Duration duration);
  // Waits (in real time) until so many threads sleep.
  void AwaitSleepers(int count);
  // Waits until somebody sleeps, and moves on to the end of the shortest sleep.
  void AdvanceToNextSleeper();

 private:
  const absl::Time start_;
  std::mutex mutex_;
  std::condition_variable_any changed_;
  absl::Duration elapsed_;
  std::multiset<absl::Duration> wakes_;
};

}  // namespace eventreactor::kube
