#include "libs/adapter/reconciler_metrics.h"

#include <prometheus/registry.h>

#include "libs/service/process.h"

namespace eventreactor {
namespace {

prometheus::Family<prometheus::Gauge>& Phases() {
  return prometheus::BuildGauge()
      .Name("eventreactor_actions")
      .Help("Actions that are not dispatched yet: pending, running, or finished (undispatched)")
      .Register(service::Registry());
}

const prometheus::Histogram::BucketBoundaries& Buckets() {
  static const auto& buckets = *new prometheus::Histogram::BucketBoundaries(
      {0.0001, 0.00025, 0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.1, 0.5, 2});
  return buckets;
}

}  // namespace

ReconcilerMetrics::ReconcilerMetrics()
    : phases_{&Phases().Add({{"phase", "pending"}}), &Phases().Add({{"phase", "running"}}),
              &Phases().Add({{"phase", "undispatched"}})},
      finished_(prometheus::BuildCounter()
                    .Name("eventreactor_actions_finished_total")
                    .Help("Actions that ended, by completion")
                    .Register(service::Registry())),
      failed_(prometheus::BuildCounter()
                  .Name("eventreactor_reconcile_errors_total")
                  .Help("Steps towards an Action's end that failed and are tried again, by reason")
                  .Register(service::Registry())),
      depth_(prometheus::BuildGauge()
                 .Name("eventreactor_reconcile_queue_depth")
                 .Help("Actions that wait to be looked at")
                 .Register(service::Registry())
                 .Add({})),
      seconds_(prometheus::BuildHistogram()
                   .Name("eventreactor_reconcile_seconds")
                   .Help("How long one look at an Action took, with what it led to")
                   .Register(service::Registry())
                   .Add({}, Buckets())) {}

void ReconcilerMetrics::Finished(const std::string& completion) {
  finished_.Add({{"completion", completion}}).Increment();
}

void ReconcilerMetrics::Failed(const std::string& reason) {
  failed_.Add({{"reason", reason}}).Increment();
}

void ReconcilerMetrics::Reconciled(size_t queue_depth, absl::Duration took) {
  depth_.Set(static_cast<double>(queue_depth));
  seconds_.Observe(absl::ToDoubleSeconds(took));
}

}  // namespace eventreactor
