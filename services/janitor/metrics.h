// What the janitor counts. Thread-safe.
#pragma once

#include <prometheus/counter.h>
#include <prometheus/gauge.h>
#include <prometheus/histogram.h>
#include <prometheus/registry.h>

#include <string>

namespace eventreactor::janitor {

// Of one kind: action or event.
struct KindMetrics {
  KindMetrics(prometheus::Registry& registry, const std::string& kind);

  // Removed, by rule.
  prometheus::Counter& by_period;
  prometheus::Counter& by_count;
  // Could not be removed.
  prometheus::Counter& failed;
  // Of the last whole sweep: there, and beyond a rule but needed.
  prometheus::Gauge& found;
  prometheus::Gauge& kept;
};

struct SweepMetrics {
  explicit SweepMetrics(prometheus::Registry& registry);

  KindMetrics actions;
  KindMetrics events;
  prometheus::Counter& succeeded;
  prometheus::Counter& broken_off;
  // Unix time of the last whole sweep's end; 0: none yet.
  prometheus::Gauge& last_success;
  prometheus::Histogram& seconds;
};

}  // namespace eventreactor::janitor
