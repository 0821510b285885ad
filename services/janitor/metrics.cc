#include "services/janitor/metrics.h"

#include <map>

namespace eventreactor::janitor {
namespace {

using Labels = std::map<std::string, std::string>;

prometheus::Counter& CounterOf(prometheus::Registry& registry, const std::string& name,
                               const std::string& help, const Labels& labels) {
  return prometheus::BuildCounter()
      .Name("eventreactor_janitor_" + name)
      .Help(help)
      .Register(registry)
      .Add(labels);
}

prometheus::Gauge& GaugeOf(prometheus::Registry& registry, const std::string& name,
                           const std::string& help, const Labels& labels) {
  return prometheus::BuildGauge()
      .Name("eventreactor_janitor_" + name)
      .Help(help)
      .Register(registry)
      .Add(labels);
}

prometheus::Counter& RemovedBy(prometheus::Registry& registry, const std::string& kind,
                               const std::string& reason) {
  return CounterOf(registry, "removed_total", "What was removed, by the rule that it went by.",
                   {{"kind", kind}, {"reason", reason}});
}

prometheus::Counter& Sweeps(prometheus::Registry& registry, const std::string& result) {
  return CounterOf(registry, "sweeps_total", "Sweeps, without dry runs.", {{"result", result}});
}

}  // namespace

KindMetrics::KindMetrics(prometheus::Registry& registry, const std::string& kind)
    : by_period(RemovedBy(registry, kind, "period")),
      by_count(RemovedBy(registry, kind, "count")),
      failed(CounterOf(registry, "failures_total", "What could not be removed for an error.",
                       {{"kind", kind}})),
      found(GaugeOf(registry, "found", "What the last whole sweep found.", {{"kind", kind}})),
      kept(GaugeOf(registry, "kept",
                   "What the last whole sweep found beyond the retention, but needed still.",
                   {{"kind", kind}})) {}

SweepMetrics::SweepMetrics(prometheus::Registry& registry)
    : actions(registry, "action"),
      events(registry, "event"),
      succeeded(Sweeps(registry, "success")),
      broken_off(Sweeps(registry, "error")),
      last_success(GaugeOf(registry, "last_success_timestamp_seconds",
                           "When the last whole sweep ended; 0: none yet.", {})),
      seconds(prometheus::BuildHistogram()
                  .Name("eventreactor_janitor_sweep_seconds")
                  .Help("How long sweeps take.")
                  .Register(registry)
                  .Add({}, prometheus::Histogram::BucketBoundaries{0.01, 0.1, 1, 10, 60, 300, 1800,
                                                                   7200})) {}

}  // namespace eventreactor::janitor
