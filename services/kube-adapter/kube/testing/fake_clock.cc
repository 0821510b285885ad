#include "services/kube-adapter/kube/testing/fake_clock.h"

#include <iterator>

namespace eventreactor::kube {

absl::Time FakeClock::Now() {
  const std::lock_guard lock(mutex_);
  return start_ + elapsed_;
}

absl::Duration FakeClock::Steady() {
  const std::lock_guard lock(mutex_);
  return elapsed_;
}

bool FakeClock::Sleep(absl::Duration duration, const std::stop_token& stop) {
  std::unique_lock lock(mutex_);
  const absl::Duration wake = elapsed_ + duration;
  const auto entry = wakes_.insert(wake);
  changed_.notify_all();
  changed_.wait(lock, stop, [&] { return elapsed_ >= wake; });
  wakes_.erase(entry);
  return !stop.stop_requested();
}

void FakeClock::Advance(absl::Duration duration) {
  const std::lock_guard lock(mutex_);
  elapsed_ += duration;
  changed_.notify_all();
}

void FakeClock::AwaitSleepers(int count) {
  std::unique_lock lock(mutex_);
  changed_.wait(lock, [&] {
    // One that was woken and has not run yet does not count.
    return std::distance(wakes_.upper_bound(elapsed_), wakes_.end()) >= count;
  });
}

void FakeClock::AdvanceToNextSleeper() {
  std::unique_lock lock(mutex_);
  changed_.wait(lock, [&] { return !wakes_.empty() && *wakes_.rbegin() > elapsed_; });
  elapsed_ = *wakes_.upper_bound(elapsed_);
  changed_.notify_all();
}

}  // namespace eventreactor::kube
