#include "libs/adapter/work_queue.h"

#include <algorithm>

namespace eventreactor {
namespace {

// The clock of the timers may be set while a thread waits by another.
constexpr absl::Duration kLongestNap = absl::Minutes(1);

constexpr int kTurnsForWhatIsBehind = 8;

}  // namespace

void WorkQueue::Push(const RunKey& key) {
  if (behind_.erase(key) > 0) queued_.erase(key);
  if (active_.contains(key)) {
    again_.insert(key);
  } else if (queued_.insert(key).second) {
    ready_.push_back(key);
    ready_or_stopped_.notify_one();
  }
}

void WorkQueue::ClearTimer(const RunKey& key) {
  const auto timer = timers_.find(key);
  if (timer == timers_.end()) return;
  by_time_.erase({timer->second, key});
  timers_.erase(timer);
}

void WorkQueue::Add(const RunKey& key) {
  const std::lock_guard lock(mutex_);
  Push(key);
}

void WorkQueue::AddBehind(const RunKey& key) {
  const std::lock_guard lock(mutex_);
  if (active_.contains(key)) {
    again_.insert(key);
  } else if (queued_.insert(key).second) {
    behind_.insert(key);
    ready_or_stopped_.notify_one();
  }
}

void WorkQueue::AddAt(const RunKey& key, absl::Time time) {
  if (time == absl::InfiniteFuture()) return;
  const std::lock_guard lock(mutex_);
  const auto timer = timers_.find(key);
  if (timer != timers_.end() && timer->second <= time) return;
  ClearTimer(key);
  timers_.emplace(key, time);
  by_time_.emplace(time, key);
  ready_or_stopped_.notify_one();
}

bool WorkQueue::Claim(const RunKey& key) {
  const std::lock_guard lock(mutex_);
  return !queued_.contains(key) && active_.insert(key).second;
}

void WorkQueue::Forget(const RunKey& key) {
  const std::lock_guard lock(mutex_);
  ClearTimer(key);
}

void WorkQueue::PushDue() {
  const absl::Time now = now_();
  while (!by_time_.empty() && by_time_.begin()->first <= now) {
    const RunKey key = by_time_.begin()->second;
    ClearTimer(key);
    Push(key);
  }
}

std::optional<RunKey> WorkQueue::Pop() {
  turn_ = (turn_ + 1) % kTurnsForWhatIsBehind;
  if (!behind_.empty() && (ready_.empty() || turn_ == 0)) {
    return std::move(behind_.extract(behind_.begin()).value());
  }
  if (ready_.empty()) return std::nullopt;
  RunKey key = std::move(ready_.front());
  ready_.pop_front();
  return key;
}

std::optional<RunKey> WorkQueue::Next() {
  PushDue();
  std::optional<RunKey> key = Pop();
  if (!key) return key;
  queued_.erase(*key);
  active_.insert(*key);
  // What it was waiting for is looked at now.
  ClearTimer(*key);
  return key;
}

std::optional<RunKey> WorkQueue::TakeDue() {
  const std::lock_guard lock(mutex_);
  return stopped_ ? std::nullopt : Next();
}

std::optional<RunKey> WorkQueue::Take() {
  std::unique_lock lock(mutex_);
  while (!stopped_) {
    if (std::optional<RunKey> key = Next()) return key;
    const absl::Duration nap =
        by_time_.empty() ? kLongestNap : std::min(by_time_.begin()->first - now_(), kLongestNap);
    ready_or_stopped_.wait_for(lock, absl::ToChronoNanoseconds(nap));
  }
  return std::nullopt;
}

void WorkQueue::Done(const RunKey& key) {
  const std::lock_guard lock(mutex_);
  active_.erase(key);
  if (again_.erase(key) > 0) Push(key);
}

void WorkQueue::Stop() {
  {
    const std::lock_guard lock(mutex_);
    stopped_ = true;
  }
  ready_or_stopped_.notify_all();
}

size_t WorkQueue::depth() const {
  const std::lock_guard lock(mutex_);
  return ready_.size() + behind_.size();
}

}  // namespace eventreactor
