// Which runs to look at, and when: each at most once in the queue, and with
// one worker at a time.
#pragma once

#include <condition_variable>
#include <deque>
#include <functional>
#include <map>
#include <mutex>
#include <optional>
#include <set>
#include <utility>

#include "absl/time/time.h"
#include "libs/adapter/executor.h"

namespace eventreactor {

// Thread-safe.
class WorkQueue {
 public:
  explicit WorkQueue(std::function<absl::Time()> now) : now_(std::move(now)) {}

  // Look at it as soon as a worker is free; once more if one is at it.
  void Add(const RunKey& key);
  // Look at it when nothing else waits, or at every eighth turn: for what is
  // many and old. Add brings it forward.
  void AddBehind(const RunKey& key);
  // Look at it at this time at the latest; infinite future changes nothing.
  void AddAt(const RunKey& key, absl::Time time);
  // Takes this one out of its turn, to be given back by Done; false if somebody
  // is at it, or if it is in the queue.
  bool Claim(const RunKey& key);
  // No timer for it any more.
  void Forget(const RunKey& key);

  // Waits for the next; nothing after Stop. Each is given back by Done.
  std::optional<RunKey> Take();
  // The same without waiting: nothing if nothing is due.
  std::optional<RunKey> TakeDue();
  void Done(const RunKey& key);

  void Stop();
  // How many wait for a worker.
  size_t depth() const;

 private:
  // With the lock held.
  void Push(const RunKey& key);
  void ClearTimer(const RunKey& key);
  void PushDue();
  std::optional<RunKey> Pop();
  std::optional<RunKey> Next();

  const std::function<absl::Time()> now_;
  mutable std::mutex mutex_;
  std::condition_variable ready_or_stopped_;
  std::deque<RunKey> ready_;
  std::set<RunKey> behind_;
  int turn_ = 0;
  // In ready_ or behind_; being worked on; to be added when that is done.
  std::set<RunKey> queued_;
  std::set<RunKey> active_;
  std::set<RunKey> again_;
  std::map<RunKey, absl::Time> timers_;
  std::set<std::pair<absl::Time, RunKey>> by_time_;
  bool stopped_ = false;
};

}  // namespace eventreactor
