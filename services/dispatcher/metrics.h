// What the dispatcher counts. Thread-safe.
#pragma once

#include <prometheus/counter.h>
#include <prometheus/gauge.h>
#include <prometheus/histogram.h>
#include <prometheus/registry.h>

#include <string>

namespace eventreactor::dispatcher {

// Of one kind of cause: event or action.
struct CauseMetrics {
  CauseMetrics(prometheus::Registry& registry, const std::string& cause);

  // Messages whose dispatch was stored.
  prometheus::Counter& dispatched;
  // Messages given back for another try.
  prometheus::Counter& retries;
  // Messages put into ER_DEAD.
  prometheus::Counter& dead_letters;
  // Actions created.
  prometheus::Counter& actions;
  // From the bus's having stored the message to its end.
  prometheus::Histogram& seconds;
};

struct AdapterMetrics {
  explicit AdapterMetrics(prometheus::Registry& registry);

  // 1; 0 while the adapter does not answer and nothing is taken.
  prometheus::Gauge& answers;
};

struct PipelineMetrics {
  explicit PipelineMetrics(prometheus::Registry& registry);

  // Pipelines that can match.
  prometheus::Gauge& usable;
  // Pipelines that do not compile.
  prometheus::Gauge& broken;
};

}  // namespace eventreactor::dispatcher
