// Brings every Action to its end: looks at what is stored and at what the
// executor sees, asks domain::Decide what to do, and does it. Level-based:
// killed at any point, the next process goes on from what is stored.
//
// Woken by changes of Actions and Events, by the executor, and by the clock.
// In memory are only the names of Actions that are not dispatched yet.
#pragma once

#include <atomic>
#include <condition_variable>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <thread>
#include <vector>

#include "absl/status/status.h"
#include "absl/time/clock.h"
#include "absl/time/time.h"
#include "libs/adapter/executor.h"
#include "libs/adapter/intake.h"
#include "libs/adapter/log_store.h"
#include "libs/adapter/reconciler_metrics.h"
#include "libs/adapter/recorder.h"
#include "libs/adapter/run_ledger.h"
#include "libs/adapter/run_slots.h"
#include "libs/adapter/store.h"
#include "libs/adapter/work_queue.h"
#include "libs/bus/bus.h"
#include "libs/clock/steady_now.h"
#include "libs/domain/run.h"

namespace eventreactor {

class ActionReconciler {
 public:
  struct Options {
    // Runs at once; 0: none begins, those that have begun go on.
    int max_running = 1;
    // Looking at so many Actions at once: those that come within a moment may
    // begin in another order than they were created in.
    int workers = 4;
    // See Facts.
    absl::Duration event_wait = absl::Hours(1);
    absl::Duration start_wait = absl::Hours(1);
    absl::Duration publish_again = absl::Minutes(5);
    size_t tail_bytes = size_t{16} << 10;
    // Between tries of what failed.
    absl::Duration retry_first = absl::Milliseconds(200);
    absl::Duration retry_most = absl::Seconds(10);
    // Between tries to start what is refused.
    absl::Duration start_again_most = absl::Minutes(1);
    // See Facts.
    std::function<absl::Time()> now = SteadyNow;
    std::function<absl::Time()> time_of_day = absl::Now;
  };
  // All of it outlives the reconciler.
  struct Ports {
    ResourceStore& store;
    Executor& executor;
    LogStore& logs;
    bus::Bus& bus;
    Intake& intake;
    Recorder& recorder = Recorder::None();
  };

  ActionReconciler(const Ports& ports, Options options);
  // As Stop.
  ~ActionReconciler();
  ActionReconciler(const ActionReconciler&) = delete;
  ActionReconciler& operator=(const ActionReconciler&) = delete;

  // Lists what is not dispatched, and begins: where slots are not scarce, with
  // the first page of it. After an error: call it again.
  absl::Status Start();

  // Ends all threads, and leaves the containers running. Repeatable.
  void Stop();

 private:
  // Looking at one Action, in steps (action_reconciler.cc).
  void Work();
  absl::Status Reconcile(const RunKey& key);
  absl::Status ReconcileOnce(const RunKey& key, const v1::Action& action, bool& again);
  Facts Gather(const RunKey& key, const v1::Action& action);
  // Remembers when the run began, as it was first seen.
  void NoteBegun(const RunKey& key, Facts& facts);
  absl::Status Begin(const RunKey& key, Facts& facts);
  absl::Status Write(const RunKey& key, const v1::Action& action, v1::ActionStatus status);
  absl::Status Publish(const RunKey& key, const v1::Action& action);
  absl::Status CleanUp(const RunKey& key);
  void Forget(const RunKey& key);
  void Release(const RunKey& key);
  absl::Duration Backoff(int failures) const;

  // Being woken (reconciler_watch.cc).
  // `first` is told the version once the first page of it was read.
  using OnVersion = std::function<void(const std::string& version)>;
  absl::StatusOr<std::string> ListUndispatched(const OnVersion& first = nullptr);
  // Begins all the work, after these versions of Actions and Events; once.
  void BeginAt(const std::string& actions, const std::string& events);
  absl::StatusOr<std::string> EventsVersion();
  void Know(const v1::Action& action);
  // True if there is nothing to do for this listed Action now.
  bool Rests(const RunKey& key, const v1::Action& action);
  void WatchActions(std::string version);
  void WatchEvents(std::string version);
  void Sweep();
  absl::Status SweepOnce();
  bool SleepUnlessStopped(absl::Duration duration);

  Store<v1::Action>& Actions() { return ports_.store.actions(); }

  const Ports ports_;
  const Options options_;
  ReconcilerMetrics metrics_;
  RunLedger ledger_;
  RunSlots slots_;
  // Shared with the executor, whose notices may come at any time.
  const std::shared_ptr<WorkQueue> queue_;
  std::vector<std::thread> threads_;
  // Set before the threads begin.

  std::mutex mutex_;
  std::condition_variable stopping_or_published_;
  std::atomic<bool> stopping_ = false;
  // Publishes whose answer is to come.
  int publishing_ = 0;
};

}  // namespace eventreactor
