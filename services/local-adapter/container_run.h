// One run of an Action's containers, from whatever the engine has of it to
// its end.
#pragma once

#include <functional>
#include <memory>
#include <string>

#include "absl/status/status.h"
#include "absl/time/time.h"
#include "libs/adapter/executor.h"
#include "libs/adapter/log_store.h"
#include "services/local-adapter/container_control.h"
#include "services/local-adapter/container_plan.h"
#include "services/local-adapter/engine_port.h"

namespace eventreactor::local {

struct RunOptions {
  PlanOptions plan;
  // The tool program, which is put into containers of ours.
  std::string tool;
  // Bound of the log tails of one Action together.
  size_t log_tail_bytes = size_t{16} << 10;
  // From the request to end to the kill.
  absl::Duration stop_grace = absl::Seconds(10);
  // Between tries while the engine or the bus does not answer.
  absl::Duration retry_first = absl::Milliseconds(200);
  absl::Duration retry_most = absl::Seconds(2);
  // Between two words of a pull's progress.
  absl::Duration say_again = absl::Seconds(2);
  // Between tries of an image that cannot be had.
  absl::Duration pull_retry_first = absl::Seconds(2);
  absl::Duration pull_retry_most = absl::Minutes(1);
};

// Thread-safe.
class Run {
 public:
  using Listener = std::function<void(const RunKey&)>;

  // `place` is the common prefix of the names in the engine. The plan's error
  // is the run's end. Engine and logs outlive the run.
  Run(const RunOptions& options, const std::string& stack_id, Engine& engine, LogStore& logs,
      const Listener& listener, const v1::Action& action, absl::StatusOr<RunPlan> plan);
  // Leaves the containers as they are.
  ~Run();
  Run(const Run&) = delete;
  Run& operator=(const Run&) = delete;

  // Once, before anything else; the listener may be called from within.
  void Begin();

  // Once more, if it rests. Not by two threads at a time.
  void GoOn();

  Observation Observe() const;
  // One that rests goes on, to its end. Not while GoOn is called.
  void Stop(StopReason reason);
  // Asks the thread to return without waiting for it.
  void Abandon();

 private:
  class Body;
  std::unique_ptr<Body> body_;
};

}  // namespace eventreactor::local
