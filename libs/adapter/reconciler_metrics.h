// What /metrics shows of the reconciler.
#pragma once

#include <prometheus/counter.h>
#include <prometheus/gauge.h>
#include <prometheus/histogram.h>

#include <array>
#include <string>

#include "absl/time/time.h"

namespace eventreactor {

// Where an Action stands, as the metric has it.
enum class RunPhase { kPending, kRunning, kUndispatched };

// Thread-safe.
class ReconcilerMetrics {
 public:
  ReconcilerMetrics();

  // eventreactor_actions{phase}: Actions that are not dispatched yet.
  void Enter(RunPhase phase) { Of(phase).Increment(); }
  void Leave(RunPhase phase) { Of(phase).Decrement(); }
  // eventreactor_actions_finished_total{completion}
  void Finished(const std::string& completion);
  // eventreactor_reconcile_errors_total{reason}
  void Failed(const std::string& reason);
  // eventreactor_reconcile_queue_depth, eventreactor_reconcile_seconds
  void Reconciled(size_t queue_depth, absl::Duration took);

 private:
  prometheus::Gauge& Of(RunPhase phase) { return *phases_.at(static_cast<size_t>(phase)); }

  std::array<prometheus::Gauge*, 3> phases_;
  prometheus::Family<prometheus::Counter>& finished_;
  prometheus::Family<prometheus::Counter>& failed_;
  prometheus::Gauge& depth_;
  prometheus::Histogram& seconds_;
};

}  // namespace eventreactor
