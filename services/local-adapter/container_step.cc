#include "services/local-adapter/container_step.h"

#include <glog/logging.h>

#include <algorithm>
#include <optional>
#include <utility>

#include "libs/clock/steady_now.h"
#include "libs/status/status.h"

namespace eventreactor::local {
namespace {

// An engine that is overloaded refuses to start now and then.
constexpr int kStartTries = 3;
constexpr int kReadTries = 3;
constexpr absl::Duration kFirstLook = absl::Milliseconds(20);
constexpr absl::Duration kRarestLook = absl::Milliseconds(500);
// A kill that did not end it is sent again.
constexpr absl::Duration kKillAgain = absl::Seconds(5);

// What no other try can mend: the command is wrong.
bool IsUsersFault(const std::string& words) {
  for (const char* sign : {"executable file not found", "no such file or directory",
                           "permission denied", "not a directory", "exec format error"}) {
    if (words.find(sign) != std::string::npos) return true;
  }
  return false;
}

}  // namespace

StepRun::StepRun(const RunContext& context, std::string step, std::string container, Past past,
                 Hooks hooks)
    : context_(context),
      step_(std::move(step)),
      container_(std::move(container)),
      past_(past),
      hooks_(std::move(hooks)),
      log_(context.logs, context.key, step_, context.options.log_tail_bytes,
           [this](const absl::Status& status) {
             context_.say("LogNotStored",
                          "the log of " + step_ + " waits for the bus: " + Message(status));
             // A run that shall end still ends while its log waits.
             if (state_.phase == ContainerPhase::kRunning) Tick();
             context_.control.Sleep(context_.options.retry_first);
             return !context_.control.abandoned();
           }),
      patience_(context, Patience::Until::kAbandoned) {}

StepEnd StepRun::End(StepEnd::Kind kind, const std::string& message) {
  return {kind, state_, signalled_, message, log_.tail()};
}

StepEnd StepRun::Run() {
  if (Outcome end = Look()) return *std::move(end);
  if (state_.phase == ContainerPhase::kCreated) {
    if (Outcome end = Start()) return *std::move(end);
  }
  if (!log_.Open()) return End(StepEnd::Kind::kAbandoned);
  hooks_.started(state_);
  if (Outcome end = Attend()) return *std::move(end);
  if (state_.phase == ContainerPhase::kCreated) {
    // It ran, and the engine has forgotten that, and any exit code with it.
    if (!log_.Close()) return End(StepEnd::Kind::kAbandoned);
    return End(StepEnd::Kind::kLost, "the engine no longer knows that it ran");
  }
  if (!ReadToTheEnd() || !log_.Close()) return End(StepEnd::Kind::kAbandoned);
  context_.say("", "");
  return End(StepEnd::Kind::kExited,
             log_incomplete_ ? "its log could not be read to the end" : state_.error);
}

StepRun::Outcome StepRun::Look() {
  const absl::StatusOr<ContainerState> state = patience_.Ask(
      [this] { return context_.engine.InspectContainer(context_.control.token(), container_); });
  if (context_.control.abandoned()) return End(StepEnd::Kind::kAbandoned);
  if (!state.ok()) return End(StepEnd::Kind::kLost, Message(state.status()));
  state_ = *state;
  if (state_.phase == ContainerPhase::kBroken) {
    return End(StepEnd::Kind::kLost, "the engine is removing it");
  }
  return std::nullopt;
}

StepRun::Outcome StepRun::Start() {
  if (past_ == Past::kStarted) {
    return End(StepEnd::Kind::kLost, "it ran before, and the engine no longer knows of it");
  }
  for (int tries = 1;; ++tries) {
    if (context_.control.stop_reason() != StopReason::kNone) return End(StepEnd::Kind::kStopped);
    // An engine that is killed while it starts a container forgets that it did.
    // It must not run twice: the end of what has left a trace is not known.
    if (std::exchange(past_, Past::kFound) == Past::kFound && HasWritten()) {
      if (!log_.Open() || !ReadToTheEnd() || !log_.Close()) {
        return End(StepEnd::Kind::kAbandoned);
      }
      return End(StepEnd::Kind::kLost, "the engine no longer knows that it ran");
    }
    absl::Status status = hooks_.prepare();
    if (status.ok()) {
      status = context_.engine.StartContainer(context_.control.token(), container_);
    }
    // What counts is what became of it.
    if (Outcome end = Look()) return end;
    if (state_.phase != ContainerPhase::kCreated) return std::nullopt;
    // Somebody will see to it: the run waits.
    const bool waits = absl::IsUnavailable(status) || absl::IsResourceExhausted(status);
    const bool final =
        !IsTransient(status) || IsUsersFault(Message(status)) || (tries >= kStartTries && !waits);
    if (!status.ok() && final) return End(StepEnd::Kind::kNotStarted, Message(status));
    patience_.Again(status.ok() ? absl::InternalError("it was started, but has not begun")
                                : status);
    if (context_.control.abandoned()) return End(StepEnd::Kind::kAbandoned);
  }
}

bool StepRun::HasWritten() {
  bool any = false;
  const absl::Status read = patience_.Ask([&] {
    const absl::Status status = context_.engine.ReadLog(
        context_.control.token(), container_,
        [&any](const char* /*data*/, size_t size) {
          any = any || size > 0;
          return !any;
        },
        [] { return true; });
    return absl::IsUnavailable(status) && !any ? status : absl::OkStatus();
  });
  // Of one that never ran an engine may have no log at all.
  return read.ok() && any;
}

StepRun::Outcome StepRun::Attend() {
  attended_since_ = SteadyNow();
  next_look_ = attended_since_ + kFirstLook;
  while (state_.phase == ContainerPhase::kRunning) {
    if (!Follow()) return End(StepEnd::Kind::kAbandoned);
    // The engine may end a log before the container, or have gone away.
    if (state_.phase == ContainerPhase::kRunning && !gone_) {
      Tick();
      if (Outcome end = Look()) {
        gone_ = end->kind == StepEnd::Kind::kLost;
        if (!gone_) return end;
      } else if (state_.phase == ContainerPhase::kRunning) {
        context_.control.Sleep(kFirstLook);
      }
    }
    if (gone_) {
      if (!log_.Close()) return End(StepEnd::Kind::kAbandoned);
      return End(StepEnd::Kind::kLost, "the engine no longer has it");
    }
  }
  return std::nullopt;
}

bool StepRun::Follow() {
  log_.Rewind();
  const absl::Status status = context_.engine.FollowLog(
      context_.control.token(), container_,
      [this](const char* data, size_t size) { return log_.Write(data, size); },
      [this] {
        Tick();
        return log_.Flush() && state_.phase == ContainerPhase::kRunning && !gone_;
      });
  if (context_.control.abandoned()) return false;
  if (!log_.Flush()) return false;
  if (status.ok() || state_.phase != ContainerPhase::kRunning || gone_) return true;
  // NOT_FOUND and the like are for Look to judge; do not spin on them.
  if (absl::IsUnavailable(status)) return patience_.Again(status);
  context_.control.Sleep(context_.options.retry_first);
  return !context_.control.abandoned();
}

bool StepRun::ReadToTheEnd() {
  for (int tries = 1;;) {
    log_.Rewind();
    const absl::Status status = context_.engine.ReadLog(
        context_.control.token(), container_,
        [this](const char* data, size_t size) { return log_.Write(data, size); },
        [] { return true; });
    if (context_.control.abandoned()) return false;
    if (status.ok()) {
      patience_.Answered();
      return true;
    }
    if (absl::IsUnavailable(status)) {
      if (!patience_.Again(status)) return false;
      continue;
    }
    if (tries++ >= kReadTries) {
      LOG(WARNING) << "log of " << container_ << " (" << step_ << "): " << Message(status);
      log_incomplete_ = true;
      return true;
    }
    context_.control.Sleep(context_.options.retry_first);
  }
}

void StepRun::Tick() {
  SendSignals();
  const absl::Time now = SteadyNow();
  if (now < next_look_) return;
  const absl::StatusOr<ContainerState> state =
      context_.engine.InspectContainer(context_.control.token(), container_);
  const absl::Duration rest = std::clamp((now - attended_since_) / 10, kFirstLook, kRarestLook);
  next_look_ = SteadyNow() + rest;
  if (state.ok()) {
    state_ = *state;
    gone_ = state_.phase == ContainerPhase::kBroken;
  } else if (absl::IsNotFound(state.status())) {
    gone_ = true;
  }
}

void StepRun::SendSignals() {
  if (context_.control.stop_reason() == StopReason::kNone) return;
  const std::stop_token token = context_.control.token();
  const absl::Time now = SteadyNow();
  if (!asked_) {
    const std::string signal = state_.stop_signal.empty() ? "SIGTERM" : state_.stop_signal;
    // Not sent while the engine is away: tried at the next tick. Any other
    // error means that nobody was left to hear it.
    const absl::Status sent = context_.engine.Signal(token, container_, signal);
    if (absl::IsUnavailable(sent)) return;
    asked_ = true;
    signalled_ = sent.ok();
    next_kill_ = now + context_.options.stop_grace;
    next_look_ = now;
  } else if (now >= next_kill_) {
    const absl::Status sent = context_.engine.Signal(token, container_, "SIGKILL");
    if (absl::IsUnavailable(sent)) return;
    signalled_ = signalled_ || sent.ok();
    next_kill_ = now + kKillAgain;
    next_look_ = now;
  }
}

}  // namespace eventreactor::local
