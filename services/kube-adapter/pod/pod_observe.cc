#include "services/kube-adapter/pod/pod_observe.h"

#include <algorithm>
#include <nlohmann/json.hpp>
#include <set>
#include <string>
#include <utility>

#include "absl/strings/str_cat.h"
#include "services/kube-adapter/pod/pod_status.h"

namespace eventreactor::kube {
namespace {

// As Kubernetes has it for a container whose end nobody saw.
constexpr int kLostExitCode = 137;
// What a process ends with that was sent SIGTERM or SIGKILL.
constexpr int kKilled = 137;
constexpr int kTerminated = 143;
// Killed for what it used, whoever else was about to end it.
constexpr char kOutOfMemory[] = "OOMKilled";
// The kubelet's words for a container that it no longer found.
constexpr char kStatusUnknown[] = "ContainerStatusUnknown";

bool Failed(const PodContainer& container) {
  return container.state.has_terminated() && container.state.terminated().exit_code() != 0;
}

std::string WithColon(const std::string& text) {
  return text.empty() ? "" : absl::StrCat(": ", text);
}

class Observer {
 public:
  Observer(const PodStatus& pod, const Sighting& sighting) : pod_(pod), sighting_(sighting) {}

  Observation Observe() {
    seen_.place = pod_.name;
    SetStart();
    seen_.result = Result();
    if (!seen_.result) SetWaiting();
    for (const PodContainer& container : pod_.containers) {
      if (container.is_run) seen_.steps.push_back(Shown(container));
    }
    return std::move(seen_);
  }

 private:
  void SetStart() {
    for (const PodContainer& container : pod_.containers) {
      const v1::StepState& state = container.state;
      absl::Time at = absl::InfiniteFuture();
      if (state.running().has_started_at()) at = TimeOf(state.running().started_at());
      if (state.terminated().has_started_at()) at = TimeOf(state.terminated().started_at());
      if (at == absl::InfiniteFuture()) continue;
      seen_.started_at =
          seen_.started_at == absl::InfinitePast() ? at : std::min(seen_.started_at, at);
    }
  }

  // Nobody hears of the Pod any more: it is gone, or its node is.
  bool IsLost() const {
    return sighting_.gone || sighting_.now >= pod_.deletion_due + sighting_.lost_after;
  }

  // Whether a container that failed did so by itself, as far as can be told.
  bool IsOwnVerdict(const PodContainer& container) const {
    const v1::StepTerminated& end = container.state.terminated();
    if (end.reason() == kStatusUnknown) return false;
    const bool signalled = (end.exit_code() == kKilled || end.exit_code() == kTerminated) &&
                           end.reason() != kOutOfMemory;
    const bool stopped = sighting_.stop != StopReason::kNone;
    // A container's end may be told before the Pod's, which says why.
    if (!pod_.cut) return !(stopped && signalled);
    if (pod_.cut->at != absl::InfinitePast() && end.has_finished_at()) {
      return TimeOf(end.finished_at()) < pod_.cut->at;
    }
    return !stopped && !signalled;
  }

  // Killed along with the Pod.
  bool WasKilled(const PodContainer& container) const {
    return Failed(container) && (pod_.cut || sighting_.stop != StopReason::kNone) &&
           !IsOwnVerdict(container);
  }

  std::optional<RunResult> Result() const {
    std::vector<v1::StepState> steps;
    bool all_done = true;
    for (const PodContainer& container : pod_.containers) {
      if (container.state.has_waiting() &&
          container.state.waiting().reason() == "InvalidImageName") {
        return RunResult{v1::COMPLETION_FAILURE, kReasonValidationFailed,
                         absl::StrCat(container.state.name(), " cannot run: \"", container.image,
                                      "\" is no image name")};
      }
      if (Failed(container) && IsOwnVerdict(container)) return OwnResult(container);
      if (!container.is_run) continue;
      steps.push_back(container.state);
      all_done = all_done && container.state.has_terminated() && !Failed(container);
    }
    // The main container does nothing: its end need not be waited for.
    if (all_done && !steps.empty()) return ResultOfSteps(steps);
    if (pod_.ended || IsLost()) return CutResult();
    return std::nullopt;
  }

  RunResult OwnResult(const PodContainer& container) const {
    if (!container.is_run) {
      const v1::StepTerminated& end = container.state.terminated();
      return {v1::COMPLETION_FAILURE, kReasonExecuteFailed,
              absl::StrCat("before the first step: ", container.state.name(), " exited with ",
                           end.exit_code(), WithColon(end.message()))};
    }
    std::vector<v1::StepState> steps;
    for (const PodContainer& each : pod_.containers) {
      if (each.is_run) steps.push_back(each.state);
    }
    return ResultOfSteps(steps);
  }

  // Where the run was when it was ended.
  std::string Where() const {
    for (const PodContainer& container : pod_.containers) {
      const v1::StepState& state = container.state;
      if (state.has_terminated() && !Failed(container)) continue;
      if (!state.has_waiting()) return absl::StrCat("while ", state.name(), " was running");
      const std::string waited = WaitingWords(container);
      return absl::StrCat("before ", state.name(), " was started",
                          waited.empty() ? "" : absl::StrCat("; ", waited));
    }
    return "after its last step";
  }

  // The run did not come to its end by itself.
  RunResult CutResult() const {
    switch (sighting_.stop) {
      case StopReason::kTimeout:
        return TimedOut();
      case StopReason::kCancelled:
        return {v1::COMPLETION_FAILURE, kBuildCancelled, absl::StrCat("cancelled ", Where())};
      case StopReason::kDeleted:
        return {v1::COMPLETION_FAILURE, kBuildCancelled,
                absl::StrCat("the Action was deleted ", Where())};
      case StopReason::kNone:
        break;
    }
    if (!pod_.cut) return Unexplained();
    switch (pod_.cut->kind) {
      case CutShort::Kind::kDeadline:
        return TimedOut();
      case CutShort::Kind::kRefused:
        return {v1::COMPLETION_FAILURE, kReasonExecuteFailed,
                absl::StrCat("the node ", pod_.node, " refused the Pod ", pod_.name, ": ",
                             pod_.cut->reason, WithColon(pod_.cut->message))};
      case CutShort::Kind::kDisrupted:
        return {v1::COMPLETION_UNKNOWN, pod_.cut->reason,
                absl::StrCat("the Pod ", pod_.name, " was taken off the node ", pod_.node, " ",
                             Where(), ": ", pod_.cut->reason, WithColon(pod_.cut->message))};
      case CutShort::Kind::kDeleted:
        break;
    }
    if (sighting_.gone || pod_.ended) {
      return {v1::COMPLETION_UNKNOWN, "PodDeleted",
              absl::StrCat("somebody deleted the Pod ", pod_.name, " ", Where())};
    }
    return {v1::COMPLETION_UNKNOWN, "NodeLost",
            absl::StrCat("the node ", pod_.node, " does not answer, and with it the Pod ",
                         pod_.name, " is lost; it may still be running there")};
  }

  RunResult TimedOut() const {
    return {
        v1::COMPLETION_FAILURE, kReasonTimeout,
        absl::StrCat("timed out after ", absl::FormatDuration(sighting_.timeout), " ", Where())};
  }

  RunResult Unexplained() const {
    if (sighting_.gone) {
      return {v1::COMPLETION_UNKNOWN, "PodDeleted",
              absl::StrCat("the Pod ", pod_.name, " is no longer there; somebody deleted it ",
                           Where())};
    }
    return {v1::COMPLETION_UNKNOWN, kReasonRunLost,
            absl::StrCat("the Pod ", pod_.name, " ended ", Where(),
                         " without an exit code that says how", WithColon(pod_.reason),
                         WithColon(pod_.message))};
  }

  std::string WaitingWords(const PodContainer& container) const {
    static const std::set<std::string> kImageReasons = {"ErrImagePull", "ImagePullBackOff",
                                                        "ImageInspectError", "RegistryUnavailable",
                                                        "SignatureValidationFailed"};
    const std::string& name = container.state.name();
    const std::string& reason = container.state.waiting().reason();
    const std::string& message = container.state.waiting().message();
    if (kImageReasons.count(reason) > 0) {
      return absl::StrCat("the image ", container.image, " of ", name,
                          " cannot be pulled, and will be tried again", WithColon(message));
    }
    if (reason == "ErrImageNeverPull") {
      return absl::StrCat("the image ", container.image, " of ", name, " is not on the node ",
                          pod_.node, ", and imagePullPolicy is Never");
    }
    if (reason == "CreateContainerConfigError") {
      return absl::StrCat(name, " cannot be set up yet", WithColon(message));
    }
    if (reason == "Pending" || reason == "ContainerCreating") return "";
    return absl::StrCat(name, " waits: ", reason, WithColon(message));
  }

  void SetWaiting() {
    if (pod_.deletion_due != absl::InfiniteFuture()) {
      return Waits("Terminating", absl::StrCat("the Pod ", pod_.name, " is being deleted",
                                               pod_.cut ? WithColon(pod_.cut->message) : ""));
    }
    if (!pod_.unscheduled_reason.empty()) {
      return Waits(pod_.unscheduled_reason, absl::StrCat("no node takes the Pod ", pod_.name,
                                                         WithColon(pod_.unscheduled_message)));
    }
    if (pod_.node.empty()) return Waits("Pending", "waits for the scheduler");
    for (const PodContainer& container : pod_.containers) {
      if (container.state.has_running()) {
        if (!container.is_run) {
          Waits("PodInitializing", absl::StrCat(container.state.name(), " is running"));
        }
        return;
      }
      if (!container.state.has_waiting()) continue;
      if (const std::string words = WaitingWords(container); !words.empty()) {
        // Kubernetes alternates between the two.
        const std::string& reason = container.state.waiting().reason();
        return Waits(reason == "ErrImagePull" ? "ImagePullBackOff" : reason, words);
      }
    }
    if (seen_.started_at == absl::InfinitePast()) {
      Waits("PodInitializing",
            absl::StrCat("the node ", pod_.node,
                         " prepares volumes, network and images of the Pod ", pod_.name));
    }
  }

  void Waits(std::string reason, std::string message) {
    seen_.waiting_reason = std::move(reason);
    seen_.waiting_message = std::move(message);
  }

  // As the Action's status has it.
  v1::StepState Shown(const PodContainer& container) const {
    v1::StepState state = container.state;
    if (WasKilled(container)) {
      v1::StepTerminated& end = *state.mutable_terminated();
      const bool timeout = sighting_.stop == StopReason::kTimeout ||
                           (pod_.cut && pod_.cut->kind == CutShort::Kind::kDeadline);
      if (timeout) {
        end.set_reason("Timeout");
      } else if (sighting_.stop != StopReason::kNone) {
        end.set_reason("Cancelled");
      }
    }
    // The run has ended, and nobody saw how this one did.
    if (seen_.result && state.has_running()) {
      v1::StepTerminated end;
      end.set_exit_code(kLostExitCode);
      end.set_reason("ContainerLost");
      if (state.running().has_started_at())
        *end.mutable_started_at() = state.running().started_at();
      state.clear_running();
      *state.mutable_terminated() = std::move(end);
    }
    return state;
  }

  const PodStatus& pod_;
  const Sighting& sighting_;
  Observation seen_;
};

}  // namespace

Observation ObservePod(const nlohmann::json& pod, const Sighting& sighting) {
  return Observer(ReadPodStatus(pod), sighting).Observe();
}

}  // namespace eventreactor::kube
