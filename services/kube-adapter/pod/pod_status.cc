#include "services/kube-adapter/pod/pod_status.h"

#include <map>
#include <nlohmann/json.hpp>
#include <set>

#include "libs/manifest/timestamp.h"
#include "libs/text/utf8.h"
#include "services/kube-adapter/kube/json_text.h"
#include "services/kube-adapter/pod/pod_names.h"

namespace eventreactor::kube {
namespace {

using nlohmann::json;

// As long as a container's termination message may be.
constexpr size_t kMaxMessage = 4096;
// As long as an Action's status takes a reason.
constexpr size_t kMaxWord = 1024;
// More than PlanPod makes: what others make is not read to its end.
constexpr size_t kMaxContainers = 256;

std::string Words(const json& object, const char* key, size_t most = kMaxMessage) {
  return ValidUtf8(StringAt(object, key), most);
}

std::string ReasonAt(const json& object) { return Words(object, "reason", kMaxWord); }

std::optional<google::protobuf::Timestamp> Timestamp(const json& object, const char* key) {
  return manifest::ParseTimestamp(StringAt(object, key));
}

absl::Time TimeAt(const json& object, const char* key, absl::Time otherwise) {
  const auto time = Timestamp(object, key);
  return time ? TimeOf(*time) : otherwise;
}

// The condition of that type where it has that status.
const json* FindCondition(const json& status, const char* type, const char* value) {
  for (const json& condition : ArrayAt(status, "conditions")) {
    if (StringAt(condition, "type") == type && StringAt(condition, "status") == value) {
      return &condition;
    }
  }
  return nullptr;
}

void ReadState(const json& state, v1::StepState& step) {
  if (const json& ended = ObjectAt(state, "terminated"); !ended.empty()) {
    v1::StepTerminated& terminated = *step.mutable_terminated();
    terminated.set_exit_code(static_cast<int32_t>(IntAt(ended, "exitCode")));
    terminated.set_reason(ReasonAt(ended));
    terminated.set_message(Words(ended, "message"));
    terminated.set_container_id(Words(ended, "containerID", kMaxWord));
    if (const auto at = Timestamp(ended, "startedAt")) *terminated.mutable_started_at() = *at;
    if (const auto at = Timestamp(ended, "finishedAt")) *terminated.mutable_finished_at() = *at;
  } else if (state.is_object() && state.contains("running")) {
    v1::StepRunning& running = *step.mutable_running();
    if (const auto at = Timestamp(ObjectAt(state, "running"), "startedAt")) {
      *running.mutable_started_at() = *at;
    }
  } else {
    const json& waits = ObjectAt(state, "waiting");
    const std::string reason = ReasonAt(waits);
    // What the kubelet calls PodInitializing is a step whose turn is to come.
    const bool early = reason.empty() || reason == "PodInitializing";
    step.mutable_waiting()->set_reason(early ? "Pending" : reason);
    step.mutable_waiting()->set_message(Words(waits, "message"));
  }
}

std::vector<PodContainer> ReadContainers(const json& pod) {
  std::map<std::string, const json*> by_name;
  for (const json& status : ArrayAt(ObjectAt(pod, "status"), "initContainerStatuses")) {
    by_name[StringAt(status, "name")] = &status;
  }
  std::vector<PodContainer> containers;
  for (const json& spec : ArrayAt(ObjectAt(pod, "spec"), "initContainers")) {
    if (containers.size() == kMaxContainers) break;
    PodContainer container;
    const std::string name = StringAt(spec, "name");
    container.is_run = IsRunContainer(name);
    container.image = Words(spec, "image");
    const auto status = by_name.find(name);
    container.state = ReadStepState(
        name, status == by_name.end() ? json::object() : ObjectAt(*status->second, "state"));
    containers.push_back(std::move(container));
  }
  return containers;
}

bool HasStarted(const std::vector<PodContainer>& containers) {
  for (const PodContainer& container : containers) {
    if (!container.state.has_waiting()) return true;
  }
  return false;
}

// When spec.activeDeadlineSeconds were over.
absl::Time Deadline(const json& pod) {
  const absl::Time start = TimeAt(ObjectAt(pod, "status"), "startTime", absl::InfinitePast());
  return start + absl::Seconds(IntAt(ObjectAt(pod, "spec"), "activeDeadlineSeconds"));
}

std::optional<CutShort> ReadCut(const json& pod, const PodStatus& read) {
  const json& metadata = ObjectAt(pod, "metadata");
  const json& status = ObjectAt(pod, "status");
  const json* disruption = FindCondition(status, "DisruptionTarget", "True");
  const auto cut = [&read](CutShort::Kind kind, absl::Time at) {
    return CutShort{kind, read.reason, read.message, at};
  };
  if (read.reason == "DeadlineExceeded") return cut(CutShort::Kind::kDeadline, Deadline(pod));
  if (disruption != nullptr) {
    CutShort found = cut(CutShort::Kind::kDisrupted,
                         TimeAt(*disruption, "lastTransitionTime", absl::InfinitePast()));
    if (found.reason.empty()) found.reason = ReasonAt(*disruption);
    if (found.message.empty()) found.message = Words(*disruption, "message");
    return found;
  }
  static const std::set<std::string> kDisruptions = {"Evicted",    "Preempting", "Preempted",
                                                     "Terminated", "Shutdown",   "NodeLost"};
  if (kDisruptions.count(read.reason) > 0) {
    return cut(CutShort::Kind::kDisrupted, absl::InfinitePast());
  }
  // OutOfcpu, NodeAffinity, UnexpectedAdmissionError and others.
  if (read.ended && !HasStarted(read.containers) && !read.reason.empty()) {
    return cut(CutShort::Kind::kRefused, absl::InfinitePast());
  }
  if (read.deletion_due != absl::InfiniteFuture()) {
    const int64_t grace = IntAt(metadata, "deletionGracePeriodSeconds");
    return cut(CutShort::Kind::kDeleted, read.deletion_due - absl::Seconds(grace));
  }
  return std::nullopt;
}

}  // namespace

PodStatus ReadPodStatus(const json& pod) {
  const json& metadata = ObjectAt(pod, "metadata");
  const json& status = ObjectAt(pod, "status");
  PodStatus read;
  read.name = StringAt(metadata, "name");
  read.node = StringAt(ObjectAt(pod, "spec"), "nodeName");
  read.reason = ReasonAt(status);
  read.message = Words(status, "message");
  const std::string phase = StringAt(status, "phase");
  read.ended = phase == "Succeeded" || phase == "Failed";
  read.containers = ReadContainers(pod);
  read.deletion_due = TimeAt(metadata, "deletionTimestamp", absl::InfiniteFuture());
  if (const json* unscheduled = FindCondition(status, "PodScheduled", "False")) {
    read.unscheduled_reason = ReasonAt(*unscheduled);
    read.unscheduled_message = Words(*unscheduled, "message");
  }
  read.cut = ReadCut(pod, read);
  return read;
}

v1::StepState ReadStepState(const std::string& name, const json& state) {
  v1::StepState step;
  step.set_name(name);
  ReadState(state, step);
  return step;
}

absl::Time TimeOf(const google::protobuf::Timestamp& time) {
  return absl::FromUnixSeconds(time.seconds()) + absl::Nanoseconds(time.nanos());
}

}  // namespace eventreactor::kube
