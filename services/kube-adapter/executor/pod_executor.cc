#include "services/kube-adapter/executor/pod_executor.h"

#include <glog/logging.h>

#include <nlohmann/json.hpp>
#include <set>
#include <utility>

#include "libs/domain/run.h"
#include "libs/status/status.h"
#include "services/kube-adapter/kube/json_text.h"
#include "services/kube-adapter/pod/pod_status.h"

namespace eventreactor::kube {
namespace {

using nlohmann::json;

constexpr absl::Duration kHouseKeeping = absl::Seconds(1);

// Its value, as long as anyone has it.
PodRun::Json Shared(const CachedPtr<json>& pod) { return {pod, &pod->value}; }

}  // namespace

PodExecutor::PodExecutor(Client& client, LogStore& logs, Recorder& recorder, Options options,
                         Clock& clock)
    : client_(client),
      logs_(logs),
      recorder_(recorder),
      options_(std::move(options)),
      clock_(clock) {
  crew_ = std::make_unique<LogCrew>(options_.log_readers, [this](PodRun& run) { StoreLogs(run); });
  pods_ = std::make_unique<PodCache>(client_, options_.namespaces,
                                     [this](const CacheChange<json>& change) { Seen(change); });
  house_keeper_ = std::jthread([this](const std::stop_token& stop) { KeepHouse(stop); });
}

PodExecutor::~PodExecutor() {
  closing_.request_stop();
  house_keeper_ = {};
  pods_.reset();
  crew_.reset();
}

void PodExecutor::SetListener(Listener listener) {
  const std::lock_guard lock(mutex_);
  listener_ = std::move(listener);
}

void PodExecutor::Tell(const RunKey& key) {
  Listener listener;
  {
    const std::lock_guard lock(mutex_);
    listener = listener_;
  }
  if (listener) listener(key);
}

std::shared_ptr<PodRun> PodExecutor::Find(const std::string& uid) {
  const std::lock_guard lock(mutex_);
  const auto it = runs_.find(uid);
  return it == runs_.end() ? nullptr : it->second;
}

absl::Status PodExecutor::Start(const v1::Action& action, const v1::Event& event) {
  const RunKey key = {action.metadata().namespace_(), action.metadata().name(),
                      action.metadata().uid()};
  if (key.uid.empty()) return InvalidField("metadata.uid", "required");
  if (Find(key.uid) != nullptr) return absl::OkStatus();
  if (absl::Status status = pods_->Ready(); !status.ok()) return status;
  const absl::StatusOr<absl::Duration> timeout = ActionTimeout(action.spec().build());
  const auto run = std::make_shared<PodRun>(key, ObjectName{key.ns, PodName(action)},
                                            timeout.value_or(absl::InfiniteDuration()));
  if (absl::Status status = Begin(*run, action, event); !status.ok()) return status;
  {
    const std::lock_guard lock(mutex_);
    if (!runs_.emplace(key.uid, run).second) return absl::OkStatus();
  }
  // What came between Begin and here was told to nobody.
  if (const CachedPtr<json> pod = pods_->Get(run->pod())) run->See(Shared(pod), false);
  crew_->Add(run);
  Tell(key);
  return absl::OkStatus();
}

std::optional<Observation> PodExecutor::Observe(const std::string& uid) {
  const std::shared_ptr<PodRun> run = Find(uid);
  if (run == nullptr) return std::nullopt;
  return run->Observe(clock_.Now());
}

void PodExecutor::Seen(const CacheChange<json>& change) {
  const std::optional<RunKey> key = RunOfPod(change.object->value);
  if (!key) return;
  const std::shared_ptr<PodRun> run = Find(key->uid);
  if (run == nullptr || run->pod() != change.object->name) return;
  run->See(Shared(change.object), change.type == CacheChangeType::kDeleted);
  Tell(*key);
}

void PodExecutor::StoreLogs(PodRun& run) {
  const PodLogResult result = StorePodLogs(client_, logs_, run, options_.logs, clock_);
  if (!result.stored) return;
  if (!result.lost.empty()) {
    v1::ObjectMeta action;
    action.set_namespace_(run.key().ns);
    action.set_name(run.key().name);
    action.set_uid(run.key().uid);
    recorder_.Record("Action", action, Recorder::Severity::kWarning, "FailedReadLog", result.lost);
  }
  run.LogsStored();
  Tell(run.key());
}

absl::StatusOr<std::vector<RunKey>> PodExecutor::List() {
  if (absl::Status status = pods_->Ready(); !status.ok()) return status;
  std::set<RunKey> keys;
  for (const CachedPtr<json>& pod : pods_->List()) {
    if (auto key = RunOfPod(pod->value)) keys.insert(*std::move(key));
  }
  return std::vector<RunKey>(keys.begin(), keys.end());
}

void PodExecutor::KeepHouse(const std::stop_token& stop) {
  while (clock_.Sleep(kHouseKeeping, stop)) {
    RemoveExpired();
    TellOfLost();
  }
}

// A Pod on a node that nobody hears of does not change any more: that it is
// lost shows by the time alone.
void PodExecutor::TellOfLost() {
  std::vector<std::shared_ptr<PodRun>> leaving;
  {
    const std::lock_guard lock(mutex_);
    for (const auto& [uid, run] : runs_) {
      const PodRun::Json pod = run->latest();
      if (pod != nullptr && ReadPodStatus(*pod).deletion_due <= clock_.Now()) {
        leaving.push_back(run);
      }
    }
  }
  for (const auto& run : leaving) {
    if (run->Look(clock_.Now()).result) Tell(run->key());
  }
}

}  // namespace eventreactor::kube
