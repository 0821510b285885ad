// When things were sent and when they were seen, for both sides of a
// measurement. Thread-safe.
#pragma once

#include <cstddef>
#include <map>
#include <mutex>
#include <nlohmann/json.hpp>
#include <set>
#include <string>
#include <vector>

#include "absl/time/time.h"

namespace eventreactor::bench {

// {"p50": ms, "p90": ms, "p99": ms, "max": ms}; empty object of none.
nlohmann::json Percentiles(std::vector<absl::Duration> durations);

class Sightings {
 public:
  // What was sent at `begin` is known as `key` from now on; either may come
  // first.
  void Sent(const std::string& key, absl::Time begin);
  // An object `name` that came of `key` was seen at `at`.
  void Seen(const std::string& key, const std::string& name, absl::Time at);

  // True once `count` keys were sent and seen.
  bool AwaitSeen(size_t count, absl::Time deadline) const;

  // {"seen", "missing", "doubled", "latency": percentiles, "seconds": from
  // `begin` to the last sight}.
  nlohmann::json Result(absl::Time begin) const;

 private:
  struct Sight {
    absl::Time sent = absl::InfiniteFuture();
    absl::Time seen = absl::InfiniteFuture();
    std::set<std::string> names;
  };

  mutable std::mutex mutex_;
  std::map<std::string, Sight> sights_;
  size_t both_ = 0;
};

}  // namespace eventreactor::bench
