// One container that the engine has, from whatever state it is in to its end.
#pragma once

#include <functional>
#include <optional>
#include <string>

#include "absl/status/status.h"
#include "absl/time/time.h"
#include "libs/adapter/step_log.h"
#include "services/local-adapter/container_context.h"

namespace eventreactor::local {

struct StepEnd {
  enum class Kind {
    // `state` says how; its log is stored.
    kExited,
    // The engine would not start it; `message` has its words.
    kNotStarted,
    // The run was asked to end before this container began.
    kStopped,
    // It is gone without an exit code.
    kLost,
    // The run was abandoned.
    kAbandoned,
  };
  Kind kind = Kind::kAbandoned;
  ContainerState state;
  // A signal of ours reached it.
  bool signalled = false;
  std::string message;
  std::string tail;
};

// For one thread.
class StepRun {
 public:
  struct Hooks {
    // Before the container starts; an error means that it cannot.
    std::function<absl::Status()> prepare;
    // Each time that it is seen running or ended.
    std::function<void(const ContainerState& state)> started;
  };

  // What is known of the container before it is looked at.
  enum class Past {
    // It was made just now.
    kNew,
    // An earlier process, or an earlier try, may have started it.
    kFound,
    // An earlier process saw it running, so one that has never run now has
    // been lost.
    kStarted,
  };

  StepRun(const RunContext& context, std::string step, std::string container, Past past,
          Hooks hooks);

  StepEnd Run();

 private:
  // Nothing: go on.
  using Outcome = std::optional<StepEnd>;
  Outcome Start();
  // Whether the container's log has anything. Waits for the engine.
  bool HasWritten();
  Outcome Attend();
  Outcome Look();
  bool Follow();
  bool ReadToTheEnd();
  // What is due while the container runs: signals, and a look at its state.
  void Tick();
  void SendSignals();
  StepEnd End(StepEnd::Kind kind, const std::string& message = "");

  const RunContext& context_;
  const std::string step_;
  const std::string container_;
  Past past_;
  const Hooks hooks_;
  StepLog log_;
  Patience patience_;

  ContainerState state_;
  bool gone_ = false;
  // Looks at the state are rare for a container that runs long.
  absl::Time attended_since_;
  absl::Time next_look_;
  absl::Time next_kill_ = absl::InfiniteFuture();
  bool asked_ = false;
  bool signalled_ = false;
  bool log_incomplete_ = false;
};

}  // namespace eventreactor::local
