// How ChildExecutor ends children and removes what is left of them.
#include <glog/logging.h>

#include <algorithm>
#include <nlohmann/json.hpp>
#include <string>
#include <utility>
#include <vector>

#include "libs/status/status.h"
#include "services/kube-adapter/executor/child_executor.h"
#include "services/kube-adapter/kube/json_text.h"
#include "services/kube-adapter/pod/pod_status.h"

namespace eventreactor::kube {
namespace {

using nlohmann::json;

constexpr absl::Duration kHouseKeeping = absl::Seconds(1);

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

bool IsBeingDeleted(const json& child) {
  return !StringAt(ObjectAt(child, "metadata"), "deletionTimestamp").empty();
}

}  // namespace

void ChildExecutor::Stop(const std::string& uid, StopReason reason) {
  const std::shared_ptr<ChildRun> run = Find(uid);
  if (run == nullptr) return;
  run->RequestStop(reason);
  const absl::Status status = End(*run);
  LOG_IF(WARNING, !status.ok() && !absl::IsNotFound(status))
      << "cannot stop the " << kind_.resource.kind << " " << ToString(run->child())
      << " yet: " << Message(status);
  if (absl::IsNotFound(status)) {
    run->See(run->latest(), /*gone=*/true);
    ReadLogs(run);
  }
  Tell(run->key());
}

// Told to end where that leaves its logs to be read; deleted otherwise.
absl::Status ChildExecutor::End(const ChildRun& run) {
  absl::Duration since;
  {
    const std::lock_guard lock(mutex_);
    const absl::Duration now = ports_.clock.Steady();
    since = now - stopping_.emplace(run.key().uid, now).first->second;
  }
  if (run.gone()) return absl::OkStatus();
  const ChildRun::Json child = run.latest();
  const bool patient = run.stop() != StopReason::kDeleted && since <= options_.stop_patience;
  const std::optional<json> patch =
      child == nullptr || !patient ? std::nullopt : kind_.end(*child, ports_.clock.Now());
  if (!patch) return Delete(run.child(), "");
  if (patch->empty()) return absl::OkStatus();
  Api api(ports_.client, closing_.get_token());
  return api.Patch(kind_.resource, run.child(), PatchType::kMerge, *patch).status();
}

absl::Status ChildExecutor::Delete(const ObjectName& name, const std::string& uid) {
  Api api(ports_.client, closing_.get_token());
  return api.Delete(kind_.resource, name, {.uid = uid}).status();
}

absl::Status ChildExecutor::Remove(const RunKey& key) {
  std::shared_ptr<ChildRun> run;
  {
    const std::lock_guard lock(mutex_);
    if (const auto it = runs_.find(key.uid); it != runs_.end()) {
      run = std::move(it->second);
      runs_.erase(it);
    }
    stopping_.erase(key.uid);
  }
  if (run != nullptr) run->Abandon();
  if (absl::Status status = children_->Ready(); !status.ok()) return status;
  absl::Status result;
  for (const CachedPtr<json>& child : children_->ByUid(key.uid)) {
    Sighting sighting;
    sighting.now = ports_.clock.Now();
    if (kind_.observe(child->value, sighting).result) {
      Expire(child);
      continue;
    }
    // Nobody waits for it any more.
    const absl::Status status = Delete(child->name, child->uid);
    if (!status.ok() && !absl::IsNotFound(status)) result = status;
  }
  return result;
}

void ChildExecutor::Expire(const CachedPtr<json>& child) {
  Sighting sighting;
  sighting.now = ports_.clock.Now();
  const absl::Time ended = EndedAt(kind_.observe(child->value, sighting), sighting.now);
  const std::lock_guard lock(mutex_);
  expiring_.emplace(child->name, ended + options_.keep);
}

void ChildExecutor::RemoveExpired() {
  std::vector<ObjectName> due;
  {
    const std::lock_guard lock(mutex_);
    for (const auto& [name, at] : expiring_) {
      if (at <= ports_.clock.Now()) due.push_back(name);
    }
  }
  for (const ObjectName& name : due) {
    const absl::Status status = RemoveExpired(name);
    if (!status.ok() && !absl::IsNotFound(status)) {
      LOG(WARNING) << "cannot remove the " << kind_.resource.kind << " " << ToString(name)
                   << " yet: " << Message(status);
      continue;
    }
    const std::lock_guard lock(mutex_);
    expiring_.erase(name);
  }
}

absl::Status ChildExecutor::RemoveExpired(const ObjectName& name) {
  const CachedPtr<json> child = children_->Get(name);
  if (child == nullptr) return absl::OkStatus();
  Api api(ports_.client, closing_.get_token());
  for (const std::string& config_map : ConfigMapsOf(child->value)) {
    absl::Status status = api.Delete(ConfigMaps(), {name.ns, config_map}).status();
    if (!status.ok() && !absl::IsNotFound(status)) return status;
  }
  return Delete(name, child->uid);
}

void ChildExecutor::KeepHouse(const std::stop_token& stop) {
  while (ports_.clock.Sleep(kHouseKeeping, stop)) {
    RemoveExpired();
    TellOfLost();
  }
}

// A Pod on a node that nobody hears of does not change any more: that it is
// lost shows by the time alone.
void ChildExecutor::TellOfLost() {
  std::vector<std::shared_ptr<ChildRun>> leaving;
  {
    const std::lock_guard lock(mutex_);
    for (const auto& [uid, run] : runs_) {
      const ChildRun::Json child = run->latest();
      if (child != nullptr && IsBeingDeleted(*child)) leaving.push_back(run);
    }
  }
  for (const auto& run : leaving) {
    if (!run->Look(ports_.clock.Now()).result) continue;
    ReadLogs(run);
    Tell(run->key());
  }
}

}  // namespace eventreactor::kube
