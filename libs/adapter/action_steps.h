// The steps by which every Action is brought to its end: look at what is stored
// and at what the executor sees, ask domain::Decide what to do, and do it.
// Level-based: killed at any point, the next process goes on from what is
// stored. Who takes the steps, and in which threads, is action_reconciler.h's.
//
// In memory are only the names of Actions that are not dispatched yet.
#pragma once

#include <atomic>
#include <condition_variable>
#include <functional>
#include <memory>
#include <mutex>
#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
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

// Thread-safe.
class ActionSteps {
 public:
  struct Options {
    // Runs at once; 0: none begins, those that have begun go on.
    int max_running = 1;
    // Of one namespace.
    int max_running_of_namespace = RunSlots::kUnlimited;
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

  ActionSteps(const Ports& ports, Options options);
  ActionSteps(const ActionSteps&) = delete;
  ActionSteps& operator=(const ActionSteps&) = delete;

  // Lists what is not dispatched, for the queue; the version that it was read
  // at. `first` is told that once the first page was read.
  using OnVersion = std::function<void(const std::string& version)>;
  absl::StatusOr<std::string> List(const OnVersion& first = nullptr);
  absl::StatusOr<std::string> EventsVersion();
  // Follow the changes after a version, for the queue, until Stop or an error;
  // the next call goes on where this one stopped.
  absl::Status FollowActions(std::string& version);
  absl::Status FollowEvents(std::string& version);
  // Looks at what an earlier process left in the engine.
  absl::Status Sweep();

  // Looks at one Action that was taken from the queue, and gives it back.
  void Look(const RunKey& key);

  WorkQueue& queue() { return *queue_; }
  // Whether it matters who has a slot.
  bool scarce() const { return slots_.scarce(); }
  const Options& options() const { return options_; }
  absl::Duration Backoff(int failures) const;

  // Nothing more is taken from the queue or followed. Repeatable.
  void Stop();
  bool stopping() const { return stopping_; }
  // Waits until the bus has answered. Once no step is under way, and before the
  // end of this.
  void AwaitAnswers();

 private:
  // Looking at one Action (action_steps.cc).
  absl::Status Reconcile(const RunKey& key);
  absl::Status ReconcileOnce(const RunKey& key, const v1::Action& action, bool& again);
  Facts Gather(const RunKey& key, const v1::Action& action);
  // Whether what an Action waits for is not told yet, but at a later look.
  bool TellLater(const RunKey& key, absl::Time now);
  // Gives the slot of a run that rests to others, and asks for it again when
  // the run has rested. True if it has one.
  bool SlotAfterRest(const RunKey& key, const Facts& facts);
  // Remembers when the run began, as it was first seen.
  void NoteBegun(const RunKey& key, Facts& facts);
  absl::Status Begin(const RunKey& key, Facts& facts);
  absl::Status Write(const RunKey& key, const v1::Action& action, v1::ActionStatus status);
  absl::Status Publish(const RunKey& key, const v1::Action& action);
  absl::Status CleanUp(const RunKey& key);
  void Forget(const RunKey& key);
  void Release(const RunKey& key);

  // Being woken (action_watch.cc).
  void Know(const v1::Action& action);
  // True if there is nothing to do for this listed Action now.
  bool Rests(const RunKey& key, const v1::Action& action);
  void See(const Change<v1::Action>& change);

  Store<v1::Action>& Actions() { return ports_.store.actions(); }

  const Ports ports_;
  const Options options_;
  ReconcilerMetrics metrics_;
  RunLedger ledger_;
  RunSlots slots_;
  // Shared with the executor, whose notices may come at any time.
  const std::shared_ptr<WorkQueue> queue_;
  std::atomic<bool> stopping_ = false;

  std::mutex mutex_;
  std::condition_variable answered_;
  // Publishes whose answer is to come.
  int publishing_ = 0;
};

}  // namespace eventreactor
