// What happens to the messages of one fetch, in numbered phases: read, create,
// barrier, create what the snapshot lacked, conclude, acknowledge. Each
// message ends on its own: acknowledged after everything of it is stored,
// given back with backoff, or buried in ER_DEAD. Thread-safe.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/time/time.h"
#include "libs/bus/bus.h"
#include "services/dispatcher/adapter_client.h"
#include "services/dispatcher/barrier.h"
#include "services/dispatcher/cause.h"
#include "services/dispatcher/dead_letters.h"
#include "services/dispatcher/dispatch.h"
#include "services/dispatcher/gate.h"
#include "services/dispatcher/loans.h"
#include "services/dispatcher/metrics.h"
#include "services/dispatcher/pipeline_cache.h"
#include "services/dispatcher/probe.h"
#include "services/dispatcher/task.h"

namespace eventreactor::dispatcher {

// A message that was lent more often than this is tried in a process of its
// own first.
inline constexpr uint64_t kTrustedAttempts = 5;

// The parts that a Dispatcher works with; all outlive it.
struct DispatcherParts {
  AdapterClient& adapter;
  const PipelineCache& cache;
  PipelineBarrier& barrier;
  DeadLetters& dead_letters;
  AdapterGate& gate;
  Loans& loans;
  Prober& prober;
  std::function<absl::Time()> now;
};

class Dispatcher {
 public:
  using Batch = std::vector<std::unique_ptr<bus::Delivery>>;

  Dispatcher(DispatcherParts parts, CauseKind kind, CauseMetrics& metrics)
      : parts_(std::move(parts)), kind_(kind), metrics_(metrics) {}

  // Phases 0 to 2: Actions by what is known. What has not ended by that …
  Tasks Begin(Batch batch);
  // … phases 3 and 4 end, for as long as `go_on` says, which is asked before
  // each. Returns the rest.
  Tasks Finish(Tasks tasks, const std::function<bool()>& go_on);
  // Both: ends the loan of every message.
  void Handle(Batch batch) {
    Finish(Begin(std::move(batch)), [] { return true; });
  }

 private:
  void Suspect(Tasks& tasks);
  void Read(Task& task);
  // Of tasks that have not ended.
  void Create(const std::vector<Task*>& tasks, const View& view);
  void Await(Tasks& tasks);
  void Conclude(Task& task);
  absl::Status BuryRefusals(Task& task);

  void Fail(Task& task, const absl::Status& status);
  void Bury(Task& task, const std::string& reason, const std::string& message);
  void Acknowledge(Task& task);
  void GiveBack(Task& task, const absl::Status& status);

  const DispatcherParts parts_;
  const CauseKind kind_;
  CauseMetrics& metrics_;
};

}  // namespace eventreactor::dispatcher
