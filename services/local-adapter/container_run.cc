#include "services/local-adapter/container_run.h"

#include <algorithm>
#include <atomic>
#include <map>
#include <utility>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "libs/clock/steady_now.h"
#include "libs/domain/run.h"
#include "libs/status/status.h"
#include "libs/text/utf8.h"
#include "services/local-adapter/container_board.h"
#include "services/local-adapter/container_context.h"
#include "services/local-adapter/container_files.h"
#include "services/local-adapter/container_image.h"
#include "services/local-adapter/container_labels.h"
#include "services/local-adapter/container_step.h"

namespace eventreactor::local {
namespace {

// As Kubernetes has it for a container whose end nobody saw, and for one that
// could not be started.
constexpr int kLostExitCode = 137;
constexpr int kStartErrorExitCode = 128;

// How often a name is taken before what takes it is removed.
constexpr int kTakenTries = 3;

std::vector<std::string> StepNames(const absl::StatusOr<RunPlan>& plan) {
  std::vector<std::string> names;
  if (!plan.ok()) return names;
  for (const PlannedContainer& container : plan->containers) {
    if (container.shown) names.push_back(container.step);
  }
  return names;
}

// The engine's words about a container that would not start, after plain ones
// where it is known what they mean.
std::string StartError(const ContainerSpec& spec, const std::string& words) {
  const std::vector<std::string>& program = spec.entrypoint.empty() ? spec.args : spec.entrypoint;
  const auto has = [&words](const char* sign) { return words.find(sign) != std::string::npos; };
  // Without a command it is the image's own that is at fault, and of a
  // directory that cannot be entered the engines say much the same.
  if (program.empty() || has("chdir")) return words;
  std::string plain;
  const bool names_program = has(program.front().c_str());
  if (has("executable file not found") || (names_program && has("no such file or directory"))) {
    plain = "is not in the image";
  } else if (has("permission denied")) {
    plain = "is no program that may be run";
  } else if (has("exec format error")) {
    plain = "is no program for this machine";
  }
  return plain.empty() ? words
                       : absl::StrCat("command \"", program.front(), "\" ", plain, ": ", words);
}

// The end of what a program wrote, for a message.
std::string LastWords(const std::string& tail) {
  constexpr size_t kMostWords = 1024;
  const absl::string_view trimmed = absl::StripAsciiWhitespace(tail);
  const size_t begin = trimmed.size() > kMostWords ? trimmed.size() - kMostWords : 0;
  return ValidUtf8(std::string(trimmed.substr(begin)), kMostWords);
}

}  // namespace

class Run::Body {
 public:
  Body(const RunOptions& options, const std::string& stack_id, Engine& engine, LogStore& logs,
       const Listener& listener, const v1::Action& action, absl::StatusOr<RunPlan> plan)
      : options_(options),
        stack_(stack_id),
        key_{action.metadata().namespace_(), action.metadata().name(), action.metadata().uid()},
        place_(PlaceOf(stack_id, key_)),
        plan_(std::move(plan)),
        board_(place_, StepNames(plan_), [listener, key = key_] { listener(key); }),
        context_{options_,
                 engine,
                 logs,
                 control_,
                 key_,
                 [this](const std::string& reason, const std::string& message) {
                   board_.Waits(reason, message);
                 }},
        shown_(action.status().step_states().begin(), action.status().step_states().end()),
        rest_(options_.pull_retry_first) {
    if (action.spec().status() == kBuildCancelled) control_.RequestStop(StopReason::kCancelled);
  }
  ~Body() {
    control_.Abandon();
    if (thread_.joinable()) thread_.join();
  }
  Body(const Body&) = delete;
  Body& operator=(const Body&) = delete;

  void Begin() {
    if (plan_.ok()) {
      thread_ = std::thread([this] { Main(); });
    } else {
      board_.Ended({v1::COMPLETION_FAILURE, kReasonValidationFailed, Message(plan_.status())});
    }
  }

  void GoOn() {
    if (!resting_.exchange(false)) return;
    // It has nothing more to do.
    thread_.join();
    board_.Rests(absl::InfinitePast());
    thread_ = std::thread([this] { Main(); });
  }

  RunControl& control() { return control_; }
  const RunBoard& board() const { return board_; }

 private:
  enum class Next {
    kGoOn,
    // result_ is set.
    kEnd,
    // Nothing is done until GoOn.
    kRest,
    // Abandoned: nothing more is done or said.
    kLeave,
  };

  void Main() {
    Next next = took_stock_ ? Next::kGoOn : TakeStock();
    for (; next == Next::kGoOn && at_ < plan_->containers.size(); ++at_) {
      next = RunStep(at_);
      if (next == Next::kRest) return Rest();
    }
    if (next == Next::kGoOn) result_ = ResultOfSteps(board_.Read().steps);
    if (next != Next::kLeave) board_.Ended(result_);
  }

  // The last of this thread.
  void Rest() {
    const absl::Time until = SteadyNow() + rest_;
    rest_ = std::min(2 * rest_, options_.pull_retry_most);
    resting_ = true;
    board_.Rests(until);
  }

  Next End(v1::Completion completion, const std::string& reason, const std::string& message) {
    result_ = {completion, reason, message};
    return Next::kEnd;
  }

  std::string StopReasonText() const {
    return control_.stop_reason() == StopReason::kTimeout ? kReasonTimeout : kBuildCancelled;
  }

  Next EndStopped(const std::string& where) {
    std::string what = "cancelled";
    if (control_.stop_reason() == StopReason::kTimeout) {
      what = "timed out after " + absl::FormatDuration(plan_->timeout);
    } else if (control_.stop_reason() == StopReason::kDeleted) {
      what = "the Action was deleted";
    }
    return End(v1::COMPLETION_FAILURE, StopReasonText(), what + " " + where);
  }

  // After a wait that was cut short.
  Next Interrupted(const std::string& step) {
    if (control_.abandoned()) return Next::kLeave;
    const std::string waited = board_.Read().waiting_message;
    return EndStopped("before " + step + " was started" + (waited.empty() ? "" : "; " + waited));
  }

  // What the engine has of this run.
  Next TakeStock() {
    Patience patience(context_, Patience::Until::kAbandoned);
    const auto containers = patience.Ask([this] {
      return context_.engine.ListContainers(control_.token(), RunLabels(stack_, key_));
    });
    if (control_.abandoned()) return Next::kLeave;
    if (!containers.ok()) {
      return End(v1::COMPLETION_FAILURE, kReasonExecuteFailed, Message(containers.status()));
    }
    for (const EngineObject& container : *containers) {
      const std::optional<size_t> index = StepIndexOfLabels(container.labels);
      if (index) containers_[*index] = container.id;
    }
    took_stock_ = true;
    return Next::kGoOn;
  }

  // The place of a container among the steps that are shown.
  size_t StepOf(size_t i) const {
    return static_cast<size_t>(std::count_if(
        plan_->containers.begin(), plan_->containers.begin() + static_cast<ptrdiff_t>(i),
        [](const PlannedContainer& each) { return each.shown; }));
  }

  // An earlier process saw it running. Of those that are not shown nobody
  // knows; they can be repeated.
  bool StartedBefore(size_t i) const {
    const size_t step = StepOf(i);
    return plan_->containers[i].shown && step < shown_.size() &&
           shown_[step].name() == plan_->containers[i].step && !shown_[step].has_waiting() &&
           (shown_[step].has_running() || shown_[step].has_terminated());
  }

  void ShowStarted(size_t i, const ContainerState& state) {
    if (plan_->containers[i].shown) return board_.StepStarted(StepOf(i), state);
    board_.Waits("", "");
  }

  void ShowEnded(size_t i, const ContainerState& state, const std::string& reason,
                 const std::string& message, const std::string& tail) {
    if (plan_->containers[i].shown) board_.StepEnded(StepOf(i), state, reason, message, tail);
  }

  Next RunStep(size_t i) {
    const std::string& step = plan_->containers[i].step;
    StepRun::Past past = StepRun::Past::kFound;
    if (StartedBefore(i)) past = StepRun::Past::kStarted;
    if (containers_.count(i) == 0) {
      if (StartedBefore(i) || containers_.upper_bound(i) != containers_.end()) {
        return EndLost(i, {}, "the engine no longer has it");
      }
      if (const Next next = Make(i); next != Next::kGoOn) return next;
      past = StepRun::Past::kNew;
    }
    StepRun run(context_, step, containers_[i], past,
                {[this, i] { return PutFiles(context_, plan_->containers[i], containers_[i]); },
                 [this, i](const ContainerState& state) { ShowStarted(i, state); }});
    const StepEnd end = run.Run();
    switch (end.kind) {
      case StepEnd::Kind::kAbandoned:
        return Next::kLeave;
      case StepEnd::Kind::kStopped:
        return EndStopped("before " + step + " was started");
      case StepEnd::Kind::kLost:
        return EndLost(i, end, end.message);
      case StepEnd::Kind::kNotStarted: {
        ContainerState state = end.state;
        state.exit_code = kStartErrorExitCode;
        const std::string why = StartError(plan_->containers[i].spec, end.message);
        ShowEnded(i, state, "StartError", why, end.tail);
        return End(v1::COMPLETION_FAILURE, kReasonExecuteFailed,
                   step + " could not be started: " + why);
      }
      case StepEnd::Kind::kExited:
        return EndStep(i, end);
    }
    return Next::kLeave;
  }

  Next EndStep(size_t i, const StepEnd& end) {
    std::string reason = end.state.exit_code == 0 ? "Completed" : "Error";
    if (end.signalled) {
      reason = control_.stop_reason() == StopReason::kTimeout ? "Timeout" : "Cancelled";
    } else if (end.state.oom_killed && end.state.exit_code != 0) {
      reason = "OOMKilled";
    }
    const PlannedContainer& planned = plan_->containers[i];
    std::string message = end.message;
    if (message.empty() && end.state.exit_code != 0 && planned.has_last_words) {
      message = LastWords(end.tail);
    }
    ShowEnded(i, end.state, reason, message, end.tail);
    if (end.signalled) return EndStopped("while " + plan_->containers[i].step + " was running");
    if (end.state.exit_code == 0) return Next::kGoOn;
    if (!planned.shown) {
      return End(v1::COMPLETION_FAILURE, kReasonExecuteFailed,
                 absl::StrCat(planned.step, " exited with ", end.state.exit_code,
                              message.empty() ? "" : absl::StrCat(": ", message)));
    }
    result_ = ResultOfSteps(board_.Read().steps);
    return Next::kEnd;
  }

  Next EndLost(size_t i, const StepEnd& end, const std::string& why) {
    const std::string& step = plan_->containers[i].step;
    ContainerState state = end.state;
    state.exit_code = kLostExitCode;
    ShowEnded(i, state, "ContainerLost", why, end.tail);
    return End(v1::COMPLETION_UNKNOWN, kReasonRunLost,
               "the container of " + step + " (" + NameOf(i) +
                   ") is gone, and with it how it ended: " + why);
  }

  // Creates the container of a step that has none, and what it needs.
  Next Make(size_t i) {
    const PlannedContainer& planned = plan_->containers[i];
    if (control_.stop_reason() != StopReason::kNone) return Interrupted(planned.step);
    const ContainerSpec spec = SpecOf(i);
    Patience patience(context_, Patience::Until::kStopRequested);
    for (const VolumeMount& mount : spec.mounts) {
      if (mount.volume.empty()) continue;
      const absl::Status status = patience.Ask([&] {
        return context_.engine.CreateVolume(control_.token(), mount.volume,
                                            RunLabels(stack_, key_));
      });
      if (!status.ok()) return CannotMake(planned.step, status);
    }
    for (int taken = 0;;) {
      if (const absl::Status status = EnsureImage(context_, planned); !status.ok()) {
        if (Reason(status) == kImageMissing) return Next::kRest;
        return CannotMake(planned.step, status);
      }
      rest_ = options_.pull_retry_first;
      const auto created = context_.engine.CreateContainer(control_.token(), spec);
      if (created.ok()) {
        containers_[i] = *created;
        return Next::kGoOn;
      }
      // It may be there although this call, or the answer to it, failed.
      const auto found = context_.engine.InspectContainer(control_.token(), spec.name);
      if (found.ok()) {
        if (RunOfLabels(found->labels) != key_) {
          return End(v1::COMPLETION_FAILURE, kReasonExecuteFailed,
                     "the engine has a foreign container named " + spec.name +
                         "; remove it and run again");
        }
        containers_[i] = found->id;
        return Next::kGoOn;
      }
      // A podman that is killed while it creates a container may leave the name
      // taken by what it does not know itself; one that still creates it ends that.
      if (absl::IsNotFound(found.status()) && absl::IsAborted(created.status()) &&
          ++taken >= kTakenTries) {
        context_.engine.RemoveContainer(control_.token(), spec.name).IgnoreError();
      }
      // An image that was there a moment ago may be gone; all else that is
      // permanent ends the run.
      if (!IsTransient(created.status()) && !absl::IsNotFound(created.status())) {
        return CannotMake(planned.step, created.status());
      }
      if (!patience.Again(created.status())) return Interrupted(planned.step);
    }
  }

  Next CannotMake(const std::string& step, const absl::Status& status) {
    if (IsTransient(status)) return Interrupted(step);
    const bool refused = absl::IsInvalidArgument(status);
    return End(
        v1::COMPLETION_FAILURE, refused ? kReasonValidationFailed : kReasonExecuteFailed,
        "the container engine cannot make the container of " + step + ": " + Message(status));
  }

  std::string NameOf(size_t i) const { return place_ + "-" + std::to_string(i); }

  ContainerSpec SpecOf(size_t i) const {
    ContainerSpec spec = plan_->containers[i].spec;
    spec.name = NameOf(i);
    spec.labels = StepLabels(stack_, key_, i, plan_->containers[i].step);
    for (VolumeMount& mount : spec.mounts) {
      if (!mount.volume.empty()) mount.volume = absl::StrCat(place_, "-", mount.volume);
    }
    return spec;
  }

  const RunOptions options_;
  const std::string stack_;
  const RunKey key_;
  const std::string place_;
  const absl::StatusOr<RunPlan> plan_;
  RunControl control_;
  RunBoard board_;
  const RunContext context_;
  // What the Action's status said of the steps when the run was taken up.
  const std::vector<v1::StepState> shown_;

  // The thread has returned, and the next one goes on.
  std::atomic<bool> resting_ = false;

  // Of the thread alone, one after the other.
  bool took_stock_ = false;
  // The container that comes next.
  size_t at_ = 0;
  std::map<size_t, std::string> containers_;
  absl::Duration rest_;
  RunResult result_;

  std::thread thread_;
};

Run::Run(const RunOptions& options, const std::string& stack_id, Engine& engine, LogStore& logs,
         const Listener& listener, const v1::Action& action, absl::StatusOr<RunPlan> plan)
    : body_(std::make_unique<Body>(options, stack_id, engine, logs, listener, action,
                                   std::move(plan))) {}
Run::~Run() = default;

void Run::Begin() { body_->Begin(); }
Observation Run::Observe() const { return body_->board().Read(); }
void Run::GoOn() { body_->GoOn(); }
void Run::Stop(StopReason reason) {
  body_->control().RequestStop(reason);
  body_->GoOn();
}
void Run::Abandon() { body_->control().Abandon(); }

}  // namespace eventreactor::local
