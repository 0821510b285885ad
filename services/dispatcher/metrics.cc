#include "services/dispatcher/metrics.h"

namespace eventreactor::dispatcher {
namespace {

prometheus::Counter& Counter(prometheus::Registry& registry, const std::string& name,
                             const std::string& help, const std::string& cause) {
  return prometheus::BuildCounter()
      .Name("eventreactor_dispatcher_" + name)
      .Help(help)
      .Register(registry)
      .Add({{"cause", cause}});
}

prometheus::Gauge& Gauge(prometheus::Registry& registry, const std::string& state) {
  return prometheus::BuildGauge()
      .Name("eventreactor_dispatcher_pipelines")
      .Help("Pipelines that the dispatcher knows.")
      .Register(registry)
      .Add({{"state", state}});
}

}  // namespace

CauseMetrics::CauseMetrics(prometheus::Registry& registry, const std::string& cause)
    : dispatched(
          Counter(registry, "dispatched_total", "Messages whose dispatch was stored.", cause)),
      retries(Counter(registry, "retries_total", "Messages given back for another try.", cause)),
      dead_letters(Counter(registry, "dead_letters_total", "Messages put into ER_DEAD.", cause)),
      actions(Counter(registry, "actions_created_total", "Actions created.", cause)),
      seconds(prometheus::BuildHistogram()
                  .Name("eventreactor_dispatcher_seconds")
                  .Help("From a message's storage in the bus to the end of its dispatch.")
                  .Register(registry)
                  .Add({{"cause", cause}}, prometheus::Histogram::BucketBoundaries{
                                               0.002, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1,
                                               2.5, 5, 10, 60, 300})) {}

AdapterMetrics::AdapterMetrics(prometheus::Registry& registry)
    : answers(prometheus::BuildGauge()
                  .Name("eventreactor_dispatcher_adapter_answers")
                  .Help("1; 0 while the adapter does not answer and nothing is taken.")
                  .Register(registry)
                  .Add({})) {}

PipelineMetrics::PipelineMetrics(prometheus::Registry& registry)
    : usable(Gauge(registry, "usable")), broken(Gauge(registry, "broken")) {}

}  // namespace eventreactor::dispatcher
