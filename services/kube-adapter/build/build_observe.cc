#include "services/kube-adapter/build/build_observe.h"

#include <nlohmann/json.hpp>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "libs/domain/naming.h"
#include "libs/domain/run_containers.h"
#include "libs/manifest/timestamp.h"
#include "libs/text/utf8.h"
#include "services/kube-adapter/build/build_plan.h"
#include "services/kube-adapter/kube/json_text.h"
#include "services/kube-adapter/pod/pod_status.h"

namespace eventreactor::kube {
namespace {

using nlohmann::json;

// As long as an Action's status takes a reason, and longer than anybody reads.
constexpr size_t kMaxReason = 1024;
constexpr size_t kMaxMessage = 4096;
// As Kubernetes has it for a container whose end nobody saw.
constexpr int kUnseenExitCode = 137;
// More than PlanBuild makes.
constexpr size_t kMaxSteps = 256;

const json& Condition(const json& build) {
  static const json& none = *new json(json::object());
  for (const json& condition : ArrayAt(ObjectAt(build, "status"), "conditions")) {
    if (StringAt(condition, "type") == kSucceeded) return condition;
  }
  return none;
}

std::string ReasonAt(const json& object) {
  return ValidUtf8(StringAt(object, "reason"), kMaxReason);
}

std::string MessageAt(const json& object) {
  return ValidUtf8(StringAt(object, "message"), kMaxMessage);
}

bool FailedStep(const v1::StepState& step) {
  return step.has_terminated() && step.terminated().exit_code() != 0;
}

class BuildObserver {
 public:
  BuildObserver(const json& build, const Sighting& sighting)
      : name_(StringAt(ObjectAt(build, "metadata"), "name")),
        verdict_(Condition(build)),
        sighting_(sighting) {
    const json& names = ArrayAt(ObjectAt(build, "spec"), "steps");
    const json& states = ArrayAt(ObjectAt(build, "status"), "stepStates");
    for (size_t i = 0; i < names.size() && i < kMaxSteps; ++i) {
      const std::string name = StringAt(names[i], "name");
      v1::StepState state = ReadStepState(absl::StrCat(kStepPrefix, name),
                                          i < states.size() ? states[i] : json::object());
      (name == kEventStep ? ours_ : steps_).push_back(std::move(state));
    }
    const std::string started = StringAt(ObjectAt(build, "status"), "startTime");
    if (const auto at = manifest::ParseTimestamp(started)) seen_.started_at = TimeOf(*at);
    const std::string deleted = StringAt(ObjectAt(build, "metadata"), "deletionTimestamp");
    if (const auto at = manifest::ParseTimestamp(deleted)) deleted_ = TimeOf(*at);
    seen_.place = PodOfBuild(build);
  }

  Observation Observe() {
    seen_.result = Result();
    if (!seen_.result) SetWaiting();
    for (v1::StepState& step : steps_) {
      if (seen_.result && step.has_running()) EndUnseen(step);
      seen_.steps.push_back(std::move(step));
    }
    return std::move(seen_);
  }

 private:
  std::optional<RunResult> Result() const {
    const std::string status = StringAt(verdict_, "status");
    if (status == "True") {
      return RunResult{v1::COMPLETION_SUCCESS, "Completed", "all steps exited with 0"};
    }
    if (status == "False") return FalseResult();
    if (sighting_.gone || sighting_.now >= deleted_ + sighting_.lost_after) return GoneResult();
    return std::nullopt;
  }

  RunResult FalseResult() const {
    const std::string reason = ReasonAt(verdict_);
    const std::string message = MessageAt(verdict_);
    if (reason == kBuildCancelled) return Ended();
    if (reason == kReasonTimeout) return TimedOut();
    for (const v1::StepState& step : ours_) {
      if (!FailedStep(step)) continue;
      return {v1::COMPLETION_FAILURE, kReasonExecuteFailed,
              absl::StrCat("before the first step: ", step.name(), " exited with ",
                           step.terminated().exit_code(), ": ", step.terminated().message())};
    }
    for (const v1::StepState& step : steps_) {
      if (FailedStep(step)) return ResultOfSteps(steps_);
    }
    return {v1::COMPLETION_FAILURE, reason.empty() ? kReasonExecuteFailed : reason,
            message.empty() ? absl::StrCat("the Build ", name_, " failed: ", reason) : message};
  }

  RunResult GoneResult() const {
    if (sighting_.stop != StopReason::kNone) return Ended();
    return {v1::COMPLETION_UNKNOWN, "BuildDeleted",
            absl::StrCat("somebody deleted the Build ", name_, " ", Where())};
  }

  // By us, or by whoever wrote BuildCancelled.
  RunResult Ended() const {
    if (sighting_.stop == StopReason::kTimeout) return TimedOut();
    return {v1::COMPLETION_FAILURE, kBuildCancelled,
            absl::StrCat(
                sighting_.stop == StopReason::kDeleted ? "the Action was deleted " : "cancelled ",
                Where())};
  }

  RunResult TimedOut() const {
    return {
        v1::COMPLETION_FAILURE, kReasonTimeout,
        absl::StrCat("timed out after ", absl::FormatDuration(sighting_.timeout), " ", Where())};
  }

  // Where the run was when it was ended.
  std::string Where() const {
    if (verdict_.empty()) return absl::StrCat("before a build controller took the Build ", name_);
    for (const v1::StepState& step : steps_) {
      if (step.has_waiting()) return absl::StrCat("before ", step.name(), " was started");
      if (step.has_running() || FailedStep(step)) {
        return absl::StrCat("while ", step.name(), " was running");
      }
    }
    return "after its last step";
  }

  void SetWaiting() {
    if (verdict_.empty()) {
      seen_.waiting_reason = kReasonPending;
      seen_.waiting_message =
          absl::StrCat("no build controller has taken the Build ", name_, " yet");
      return;
    }
    for (const v1::StepState& step : steps_) {
      if (step.has_running()) return;
    }
    const std::string reason = ReasonAt(verdict_);
    const std::string message = MessageAt(verdict_);
    seen_.waiting_reason = reason.empty() ? kReasonPending : reason;
    seen_.waiting_message =
        message.empty() ? absl::StrCat("the build controller works on the Build ", name_) : message;
  }

  // The run has ended, and nobody told how this one did.
  void EndUnseen(v1::StepState& step) const {
    v1::StepTerminated end;
    end.set_exit_code(kUnseenExitCode);
    const std::string& reason = seen_.result->reason;
    end.set_reason(reason == kReasonTimeout    ? "Timeout"
                   : reason == kBuildCancelled ? "Cancelled"
                                               : "ContainerLost");
    if (step.running().has_started_at()) *end.mutable_started_at() = step.running().started_at();
    step.clear_running();
    *step.mutable_terminated() = std::move(end);
  }

  const std::string name_;
  const json& verdict_;
  const Sighting& sighting_;
  absl::Time deleted_ = absl::InfiniteFuture();
  std::vector<v1::StepState> steps_;
  std::vector<v1::StepState> ours_;
  Observation seen_;
};

}  // namespace

void TrimBuild(json& build) {
  const json& spec = ObjectAt(build, "spec");
  json steps = json::array();
  for (const json& step : ArrayAt(spec, "steps")) {
    steps.push_back({{"name", StringAt(step, "name")}});
  }
  json kept = {{"steps", std::move(steps)}, {"status", StringAt(spec, "status")}};
  build["spec"] = std::move(kept);
}

Observation ObserveBuild(const json& build, const Sighting& sighting) {
  return BuildObserver(build, sighting).Observe();
}

std::string PodOfBuild(const json& build) {
  std::string name = StringAt(ObjectAt(ObjectAt(build, "status"), "cluster"), "podName");
  return IsDnsSubdomain(name) ? name : "";
}

std::optional<json> EndBuild(const json& build, absl::Time /*now*/) {
  if (Condition(build).empty()) return std::nullopt;
  if (StringAt(ObjectAt(build, "spec"), "status") == kBuildCancelled) return json::object();
  return json{{"spec", {{"status", kBuildCancelled}}}};
}

}  // namespace eventreactor::kube
