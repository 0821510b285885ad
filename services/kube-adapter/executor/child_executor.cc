#include "services/kube-adapter/executor/child_executor.h"

#include <nlohmann/json.hpp>
#include <set>
#include <utility>

#include "libs/domain/run.h"
#include "libs/status/status.h"
#include "services/kube-adapter/executor/start_refusal.h"
#include "services/kube-adapter/pod/pod_names.h"

namespace eventreactor::kube {
namespace {

using nlohmann::json;

// Pods that have ended before a follower was free, and are read at once.
constexpr size_t kCollectors = 32;

// Its value, as long as anyone has it.
ChildRun::Json Shared(const CachedPtr<json>& child) { return {child, &child->value}; }

}  // namespace

ChildExecutor::ChildExecutor(const ExecutorPorts& ports, const ChildKind& kind, Maker make,
                             ChildOptions options)
    : ports_(ports), kind_(kind), make_(std::move(make)), options_(std::move(options)) {
  const auto store = [this](ChildRun& run) { StoreLogs(run); };
  followers_ = std::make_unique<LogCrew>(options_.log_readers, store);
  collectors_ = std::make_unique<LogCrew>(kCollectors, store);
  children_ =
      std::make_unique<ChildCache>(ports_.client, kind_, options_.namespaces,
                                   [this](const CacheChange<json>& change) { Seen(change); });
  house_keeper_ = std::jthread([this](const std::stop_token& stop) { KeepHouse(stop); });
}

ChildExecutor::~ChildExecutor() {
  closing_.request_stop();
  house_keeper_ = {};
  children_.reset();
  collectors_.reset();
  followers_.reset();
}

void ChildExecutor::SetListener(Listener listener) {
  const std::lock_guard lock(mutex_);
  listener_ = std::move(listener);
}

void ChildExecutor::Tell(const RunKey& key) {
  Listener listener;
  {
    const std::lock_guard lock(mutex_);
    listener = listener_;
  }
  if (listener) listener(key);
}

std::shared_ptr<ChildRun> ChildExecutor::Find(const std::string& uid) {
  const std::lock_guard lock(mutex_);
  const auto it = runs_.find(uid);
  return it == runs_.end() ? nullptr : it->second;
}

absl::Status ChildExecutor::Start(const v1::Action& action, const v1::Event& event) {
  const RunKey key = {action.metadata().namespace_(), action.metadata().name(),
                      action.metadata().uid()};
  if (key.uid.empty()) return InvalidField("metadata.uid", "required");
  if (Find(key.uid) != nullptr) return absl::OkStatus();
  if (absl::Status status = children_->Ready(); !status.ok()) return status;
  const absl::StatusOr<absl::Duration> timeout = ActionTimeout(action.spec().build());
  const auto run = std::make_shared<ChildRun>(kind_, key, ObjectName{key.ns, ChildName(action)},
                                              timeout.value_or(absl::InfiniteDuration()));
  if (absl::Status status = Begin(*run, action, event); !status.ok()) return status;
  {
    const std::lock_guard lock(mutex_);
    if (!runs_.emplace(key.uid, run).second) return absl::OkStatus();
  }
  // What came between Begin and here was told to nobody.
  if (const CachedPtr<json> child = children_->Get(run->child())) run->See(Shared(child), false);
  ReadLogs(run);
  Tell(key);
  return absl::OkStatus();
}

// Or takes up what was begun.
absl::Status ChildExecutor::Begin(ChildRun& run, const v1::Action& action, const v1::Event& event) {
  if (children_->Get(run.child()) != nullptr) return absl::OkStatus();
  Api api(ports_.client, closing_.get_token());
  // The start is written down after the child was made.
  if (action.status().has_start_time()) {
    // What is seen of the children may be behind that.
    absl::Status found = api.Get(kind_.resource, run.child(), {.metadata_only = true}).status();
    if (!absl::IsNotFound(found)) return found;
    run.See(nullptr, /*gone=*/true);
    return absl::OkStatus();
  }
  const absl::Status status = make_(api, action, event);
  if (status.ok() || RefusalOf(status) != StartRefusal::kFinal) return AsStartError(status);
  run.Refuse({v1::COMPLETION_FAILURE, kReasonValidationFailed, Message(status)});
  return absl::OkStatus();
}

std::optional<Observation> ChildExecutor::Observe(const std::string& uid) {
  const std::shared_ptr<ChildRun> run = Find(uid);
  if (run == nullptr) return std::nullopt;
  return run->Observe(ports_.clock.Now());
}

void ChildExecutor::Seen(const CacheChange<json>& change) {
  const std::optional<RunKey> key = RunOfChild(change.object->value);
  if (!key) return;
  const std::shared_ptr<ChildRun> run = Find(key->uid);
  if (run == nullptr || run->child() != change.object->name) return;
  run->See(Shared(change.object), change.type == CacheChangeType::kDeleted);
  ReadLogs(run);
  Tell(*key);
}

// In line only with what there is to read: a Pod that waits for its node or
// its image, maybe for hours, holds up no other.
void ChildExecutor::ReadLogs(const std::shared_ptr<ChildRun>& run) {
  switch (run->NextLogTurn(ports_.clock.Now())) {
    case LogTurn::kNobody:
      return;
    case LogTurn::kFollower:
      return followers_->Add(run);
    case LogTurn::kCollector:
      return collectors_->Add(run);
  }
}

void ChildExecutor::StoreLogs(ChildRun& run) {
  if (!run.ClaimLogs()) return;
  const PodLogResult result =
      StorePodLogs(ports_.client, ports_.logs, run, options_.logs, ports_.clock);
  if (!result.stored) return;
  if (!result.lost.empty()) {
    v1::ObjectMeta action;
    action.set_namespace_(run.key().ns);
    action.set_name(run.key().name);
    action.set_uid(run.key().uid);
    ports_.recorder.Record("Action", action, Recorder::Severity::kWarning, "FailedReadLog",
                           result.lost);
  }
  run.LogsStored();
  Tell(run.key());
}

absl::StatusOr<std::vector<RunKey>> ChildExecutor::List() {
  if (absl::Status status = children_->Ready(); !status.ok()) return status;
  std::set<RunKey> keys;
  for (const CachedPtr<json>& child : children_->List()) {
    if (auto key = RunOfChild(child->value)) keys.insert(*std::move(key));
  }
  return std::vector<RunKey>(keys.begin(), keys.end());
}

}  // namespace eventreactor::kube
