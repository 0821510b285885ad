#include "services/kube-adapter/store/pipeline_keeper.h"

#include <glog/logging.h>
#include <google/protobuf/util/message_differencer.h>

#include <algorithm>
#include <nlohmann/json.hpp>
#include <utility>
#include <vector>

#include "absl/time/clock.h"
#include "libs/adapter/pipeline_ready.h"
#include "libs/clock/steady_now.h"
#include "libs/domain/matching.h"
#include "libs/manifest/manifest.h"
#include "libs/status/status.h"
#include "services/kube-adapter/kube/api.h"
#include "services/kube-adapter/kube/clock.h"
#include "services/kube-adapter/kube/json_text.h"
#include "services/kube-adapter/store/codec.h"
#include "services/kube-adapter/store/kinds.h"
#include "services/kube-adapter/store/object_watch.h"
#include "services/kube-adapter/store/store_errors.h"

namespace eventreactor::kube {
namespace {

using google::protobuf::util::MessageDifferencer;
using nlohmann::json;

constexpr absl::Duration kTick = absl::Milliseconds(200);

// The status alone, where the rest is not understood.
v1::PipelineStatus StoredStatus(const json& pipeline) {
  v1::PipelineStatus status;
  if (!FromJson(ObjectAt(pipeline, "status"), status).ok()) status.Clear();
  return status;
}

ObjectName NameIn(const json& object) {
  const json& metadata = ObjectAt(object, "metadata");
  return {StringAt(metadata, "namespace"), StringAt(metadata, "name")};
}

// What makes `has` to `wanted`.
std::map<std::string, std::optional<std::string>> Difference(const Labels& has,
                                                             const Labels& wanted) {
  std::map<std::string, std::optional<std::string>> changes;
  for (const auto& [key, value] : wanted) {
    const auto found = has.find(key);
    if (found == has.end() || found->second != value) changes[key] = value;
  }
  for (const auto& [key, value] : has) {
    if (!wanted.contains(key)) changes[key] = std::nullopt;
  }
  return changes;
}

}  // namespace

PipelineRepair Decide(const json& pipeline, absl::Time now) {
  PipelineRepair repair;
  const absl::StatusOr<v1::Pipeline> decoded = Decode<v1::Pipeline>(pipeline);
  if (decoded.ok()) {
    repair.compiled = Matcher::Compile(*decoded).status();
    repair.labels = Difference(decoded->metadata().labels(), PipelineLabels(*decoded));
  } else {
    repair.compiled = decoded.status();
  }
  const v1::PipelineStatus before = StoredStatus(pipeline);
  const int64_t generation = IntAt(ObjectAt(pipeline, "metadata"), "generation");
  v1::PipelineStatus status = ReadyStatus(before, generation, repair.compiled, now);
  if (!MessageDifferencer::Equals(status, before)) repair.status = std::move(status);
  return repair;
}

void PipelineKeeper::Start() {
  thread_ = std::jthread([this](const std::stop_token& stop) { Run(stop); });
}

void PipelineKeeper::Stop() {
  thread_.request_stop();
  if (thread_.joinable()) thread_.join();
}

absl::Duration PipelineKeeper::Backoff(int failures) const {
  absl::Duration wait = options_.retry_first;
  for (int i = 1; i < failures && wait < options_.retry_most; ++i) wait *= 2;
  return std::min(wait, options_.retry_most);
}

void PipelineKeeper::Run(const std::stop_token& stop) {
  for (int failures = 1; !stop.stop_requested(); ++failures) {
    const absl::Time begin = SteadyNow();
    const absl::Status status = Follow(stop);
    if (stop.stop_requested()) return;
    if (SteadyNow() - begin > options_.retry_most) failures = 1;
    LOG_IF(WARNING, failures == 3) << "watching Pipelines: " << Message(status);
    if (!SystemClock().Sleep(Backoff(failures), stop)) return;
  }
}

absl::Status PipelineKeeper::Follow(const std::stop_token& stop) {
  // It begins with all there are.
  waiting_.clear();
  ObjectWatch watch(client_, {.resource = PipelineKind().resource, .ns = options_.ns});
  while (!stop.stop_requested()) {
    KeepWhatIsDue(stop);
    const absl::StatusOr<std::optional<WatchEvent>> event = watch.Next(kTick);
    if (!event.ok()) return event.status();
    if (!event->has_value()) continue;
    if ((*event)->type == WatchEvent::Type::kAdded ||
        (*event)->type == WatchEvent::Type::kModified) {
      Keep((*event)->object);
    }
  }
  return absl::OkStatus();
}

void PipelineKeeper::Keep(const json& pipeline) {
  const ObjectName name = NameIn(pipeline);
  const absl::Status status = Repair(pipeline);
  // Changed or deleted since: the watch tells of that next.
  const bool done = status.ok() || Reason(status) == "CONFLICT" || absl::IsNotFound(status);
  if (done || !IsTransient(status)) {
    LOG_IF(WARNING, !done) << "the status of the Pipeline " << ToString(name)
                           << " is refused: " << Message(status);
    waiting_.erase(name);
    return;
  }
  Retry& retry = waiting_[name];
  retry.due = SteadyNow() + Backoff(++retry.failures);
}

void PipelineKeeper::KeepWhatIsDue(const std::stop_token& stop) {
  std::vector<ObjectName> due;
  for (const auto& [name, retry] : waiting_) {
    if (retry.due <= SteadyNow()) due.push_back(name);
  }
  for (const ObjectName& name : due) {
    if (stop.stop_requested()) return;
    const absl::StatusOr<json> pipeline = Api(client_).Get(PipelineKind().resource, name);
    if (pipeline.ok()) {
      Keep(*pipeline);
    } else if (absl::IsNotFound(pipeline.status())) {
      waiting_.erase(name);
    } else {
      Retry& retry = waiting_[name];
      retry.due = SteadyNow() + Backoff(++retry.failures);
    }
  }
}

absl::Status PipelineKeeper::Repair(const json& pipeline) {
  PipelineRepair repair = Decide(pipeline, absl::Now());
  v1::Pipeline next = DecodeIdentityOf<v1::Pipeline>(pipeline);
  v1::ObjectMeta& metadata = *next.mutable_metadata();
  const ObjectName name = NameIn(pipeline);
  Api api(client_);
  if (!repair.labels.empty()) {
    json patch = {{"metadata", {{"resourceVersion", metadata.resource_version()}}}};
    json& labels = patch["metadata"]["labels"];
    for (const auto& [key, value] : repair.labels) labels[key] = value ? json(*value) : json();
    const absl::StatusOr<json> patched =
        api.Patch(PipelineKind().resource, name, PatchType::kMerge, patch);
    if (!patched.ok()) return ToStoreError(patched.status(), PipelineKind(), name);
    metadata.set_resource_version(StringAt(ObjectAt(*patched, "metadata"), "resourceVersion"));
  }
  if (!repair.status) return absl::OkStatus();
  *next.mutable_status() = *std::move(repair.status);
  const absl::Status written =
      api.UpdateStatus(PipelineKind().resource, EncodeStatus(next)).status();
  if (!written.ok()) return ToStoreError(written, PipelineKind(), name);
  if (!repair.compiled.ok()) {
    recorder_.Record("Pipeline", metadata, Recorder::Severity::kWarning, kReasonInvalidPipeline,
                     Message(repair.compiled));
  }
  return absl::OkStatus();
}

}  // namespace eventreactor::kube
