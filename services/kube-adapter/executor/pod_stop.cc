// How PodExecutor ends Pods and removes what is left of them.
#include <glog/logging.h>

#include <algorithm>
#include <nlohmann/json.hpp>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "libs/manifest/timestamp.h"
#include "libs/status/status.h"
#include "services/kube-adapter/executor/pod_executor.h"
#include "services/kube-adapter/kube/api.h"
#include "services/kube-adapter/kube/json_text.h"
#include "services/kube-adapter/pod/pod_observe.h"
#include "services/kube-adapter/pod/pod_status.h"

namespace eventreactor::kube {
namespace {

using nlohmann::json;

// When its node took it; infinite past if none has.
absl::Time TakenAt(const json& pod) {
  const auto time = manifest::ParseTimestamp(StringAt(ObjectAt(pod, "status"), "startTime"));
  return time ? TimeOf(*time) : absl::InfinitePast();
}

// When the last of its containers ended; `otherwise` where none tells.
absl::Time EndedAt(const Observation& seen, absl::Time otherwise) {
  absl::Time end = absl::InfinitePast();
  for (const v1::StepState& step : seen.steps) {
    if (step.terminated().has_finished_at()) {
      end = std::max(end, TimeOf(step.terminated().finished_at()));
    }
  }
  return end == absl::InfinitePast() ? otherwise : end;
}

}  // namespace

void PodExecutor::Stop(const std::string& uid, StopReason reason) {
  const std::shared_ptr<PodRun> run = Find(uid);
  if (run == nullptr) return;
  run->RequestStop(reason);
  const absl::Status status = EndPod(*run);
  LOG_IF(WARNING, !status.ok() && !absl::IsNotFound(status))
      << "cannot stop the Pod " << ToString(run->pod()) << " yet: " << Message(status);
  if (absl::IsNotFound(status)) run->See(run->latest(), /*gone=*/true);
  Tell(run->key());
}

// A Pod that its node has taken ends by its deadline, so that it stays, and
// its logs with it. Any other is deleted.
absl::Status PodExecutor::EndPod(const PodRun& run) {
  absl::Duration since;
  {
    const std::lock_guard lock(mutex_);
    const absl::Duration now = clock_.Steady();
    since = now - stopping_.emplace(run.key().uid, now).first->second;
  }
  const PodRun::Json pod = run.latest();
  if (run.gone()) return absl::OkStatus();
  const absl::Time taken = pod == nullptr ? absl::InfinitePast() : TakenAt(*pod);
  if (taken == absl::InfinitePast() || run.stop() == StopReason::kDeleted ||
      since > options_.stop_patience) {
    return Delete(run.pod(), "");
  }
  const int64_t deadline = std::max<int64_t>(1, absl::ToInt64Seconds(clock_.Now() - taken));
  const int64_t current = IntAt(ObjectAt(*pod, "spec"), "activeDeadlineSeconds");
  // It may only become less.
  if (current != 0 && current <= deadline) return absl::OkStatus();
  Api api(client_, closing_.get_token());
  return api
      .Patch(Pods(), run.pod(), PatchType::kMerge,
             {{"spec", {{"activeDeadlineSeconds", deadline}}}})
      .status();
}

absl::Status PodExecutor::Delete(const ObjectName& name, const std::string& uid) {
  Api api(client_, closing_.get_token());
  return api.Delete(Pods(), name, {.uid = uid}).status();
}

absl::Status PodExecutor::Remove(const RunKey& key) {
  std::shared_ptr<PodRun> run;
  {
    const std::lock_guard lock(mutex_);
    if (const auto it = runs_.find(key.uid); it != runs_.end()) {
      run = std::move(it->second);
      runs_.erase(it);
    }
    stopping_.erase(key.uid);
  }
  if (run != nullptr) run->Abandon();
  if (absl::Status status = pods_->Ready(); !status.ok()) return status;
  absl::Status result;
  for (const CachedPtr<json>& pod : pods_->ByUid(key.uid)) {
    PodSighting sighting;
    sighting.now = clock_.Now();
    if (ObservePod(pod->value, sighting).result) {
      Expire(pod);
      continue;
    }
    // Nobody waits for it any more.
    const absl::Status status = Delete(pod->name, pod->uid);
    if (!status.ok() && !absl::IsNotFound(status)) result = status;
  }
  return result;
}

void PodExecutor::Expire(const CachedPtr<json>& pod) {
  PodSighting sighting;
  sighting.now = clock_.Now();
  const absl::Time ended = EndedAt(ObservePod(pod->value, sighting), clock_.Now());
  const std::lock_guard lock(mutex_);
  expiring_.emplace(pod->name, ended + options_.keep);
}

void PodExecutor::RemoveExpired() {
  std::vector<ObjectName> due;
  {
    const std::lock_guard lock(mutex_);
    for (const auto& [name, at] : expiring_) {
      if (at <= clock_.Now()) due.push_back(name);
    }
  }
  Api api(client_, closing_.get_token());
  for (const ObjectName& name : due) {
    absl::Status status;
    if (const CachedPtr<json> pod = pods_->Get(name)) {
      for (const std::string& config_map : ConfigMapsOf(pod->value)) {
        status.Update(api.Delete(ConfigMaps(), {name.ns, config_map}).status());
        if (absl::IsNotFound(status)) status = absl::OkStatus();
      }
      if (status.ok()) status = Delete(name, pod->uid);
    }
    if (!status.ok() && !absl::IsNotFound(status)) {
      LOG(WARNING) << "cannot remove the Pod " << ToString(name) << " yet: " << Message(status);
      continue;
    }
    const std::lock_guard lock(mutex_);
    expiring_.erase(name);
  }
}

}  // namespace eventreactor::kube
