// How many runs there may be at once, and whose turn it is: the oldest's, of
// those that have asked.
#pragma once

#include <limits>
#include <mutex>
#include <set>
#include <utility>
#include <vector>

#include "absl/time/time.h"
#include "libs/adapter/executor.h"

namespace eventreactor {

// Thread-safe.
class RunSlots {
 public:
  // 0: no run begins.
  explicit RunSlots(int most) : most_(most) {}

  // True if the run has a slot now. Otherwise it waits for one, in order of
  // `created`, until Release.
  bool Acquire(const RunKey& key, absl::Time created);
  // For a run that has begun: it has a slot, even beyond the bound.
  void Hold(const RunKey& key);
  // Neither runs nor waits any more. Returns whose turn it is now.
  std::vector<RunKey> Release(const RunKey& key);

  // Whether it matters who holds one: there are some, and not for everybody.
  bool scarce() const { return most_ > 0 && most_ < std::numeric_limits<int>::max(); }

  int held() const;

 private:
  // With the lock held: how many may begin.
  size_t Free() const;

  const int most_;
  mutable std::mutex mutex_;
  std::set<RunKey> held_;
  std::set<std::pair<absl::Time, RunKey>> waiting_;
};

}  // namespace eventreactor
