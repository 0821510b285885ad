// How many runs there may be at once, and whose turn it is: of those that have
// asked, one of the namespace that has the fewest runs, and of that the oldest.
// A namespace that asks for thousands does not keep another from running.
#pragma once

#include <cstddef>
#include <limits>
#include <map>
#include <mutex>
#include <set>
#include <string>
#include <tuple>
#include <vector>

#include "absl/time/time.h"
#include "libs/adapter/executor.h"

namespace eventreactor {

// Thread-safe.
class RunSlots {
 public:
  static constexpr int kUnlimited = std::numeric_limits<int>::max();

  // In all, and of one namespace. 0: no run begins.
  explicit RunSlots(int most, int most_of_namespace = kUnlimited)
      : most_(most), most_of_namespace_(most_of_namespace) {}

  // True if the run has a slot now. Otherwise it waits for its turn until
  // Release.
  bool Acquire(const RunKey& key, absl::Time created);
  // For a run that has begun: it has a slot, even beyond the bounds.
  void Hold(const RunKey& key);
  // Neither runs nor waits any more. Returns whose turn it is now.
  std::vector<RunKey> Release(const RunKey& key);

  // Whether it matters who holds one: there are some, and not for everybody.
  bool scarce() const {
    return most_ > 0 && (most_ < kUnlimited || most_of_namespace_ < kUnlimited);
  }

  int held() const;

 private:
  // Of those that wait: when they were created. There may be very many: what
  // else is known of them points here.
  using Waiting = std::map<RunKey, absl::Time>;
  using Place = const Waiting::value_type*;
  struct Older {
    bool operator()(Place a, Place b) const {
      return std::tie(a->second, a->first) < std::tie(b->second, b->first);
    }
  };
  struct Lane {
    size_t held = 0;
    std::set<Place, Older> waiting;
  };

  // All with the lock held. How many may begin.
  size_t Free() const;
  // Those that may begin now, in the order of their turns.
  std::vector<Place> Turns() const;
  bool Drop(const RunKey& key);

  const int most_;
  const int most_of_namespace_;
  mutable std::mutex mutex_;
  std::set<RunKey> held_;
  Waiting waiting_;
  // By namespace; none is empty.
  std::map<std::string, Lane> lanes_;
};

}  // namespace eventreactor
