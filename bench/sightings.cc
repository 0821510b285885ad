#include "bench/sightings.h"

#include <algorithm>

#include "absl/time/clock.h"

namespace eventreactor::bench {

nlohmann::json Percentiles(std::vector<absl::Duration> durations) {
  if (durations.empty()) return nlohmann::json::object();
  std::sort(durations.begin(), durations.end());
  const auto at = [&](double part) {
    const auto index = static_cast<size_t>(part * static_cast<double>(durations.size() - 1) + 0.5);
    return absl::ToDoubleMilliseconds(durations[index]);
  };
  return {{"p50", at(0.5)}, {"p90", at(0.9)}, {"p99", at(0.99)}, {"max", at(1)}};
}

void Sightings::Sent(const std::string& key, absl::Time begin) {
  const std::lock_guard lock(mutex_);
  Sight& sight = sights_[key];
  if (sight.sent == absl::InfiniteFuture() && !sight.names.empty()) ++both_;
  // Sent again it is the same thing: what counts is the first time.
  sight.sent = std::min(sight.sent, begin);
}

void Sightings::Seen(const std::string& key, const std::string& name, absl::Time at) {
  const std::lock_guard lock(mutex_);
  Sight& sight = sights_[key];
  if (sight.names.empty() && sight.sent != absl::InfiniteFuture()) ++both_;
  sight.names.insert(name);
  sight.seen = std::min(sight.seen, at);
}

bool Sightings::AwaitSeen(size_t count, absl::Time deadline) const {
  while (absl::Now() < deadline) {
    {
      const std::lock_guard lock(mutex_);
      if (both_ >= count) return true;
    }
    absl::SleepFor(absl::Milliseconds(2));
  }
  return false;
}

nlohmann::json Sightings::Result(absl::Time begin) const {
  const std::lock_guard lock(mutex_);
  std::vector<absl::Duration> latencies;
  absl::Time last = begin;
  size_t missing = 0;
  size_t doubled = 0;
  for (const auto& [key, sight] : sights_) {
    // What others made is none of ours.
    if (sight.sent == absl::InfiniteFuture()) continue;
    if (sight.names.empty()) {
      ++missing;
      continue;
    }
    doubled += sight.names.size() > 1 ? 1 : 0;
    latencies.push_back(sight.seen - sight.sent);
    last = std::max(last, sight.seen);
  }
  return {{"seen", latencies.size()},
          {"missing", missing},
          {"doubled", doubled},
          {"seconds", absl::ToDoubleSeconds(last - begin)},
          {"latency", Percentiles(latencies)}};
}

}  // namespace eventreactor::bench
