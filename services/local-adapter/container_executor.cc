#include "services/local-adapter/container_executor.h"

#include <utility>

#include "libs/domain/naming.h"
#include "libs/status/status.h"
#include "services/local-adapter/container_labels.h"
#include "services/local-adapter/engine_client.h"
#include "services/local-adapter/engine_login.h"

namespace eventreactor::local {
namespace {

// Leaves room for the rest of a container's name.
constexpr size_t kMaxStackId = 40;

}  // namespace

absl::StatusOr<std::unique_ptr<ContainerExecutor>> ContainerExecutor::Create(const Options& options,
                                                                             LogStore& logs,
                                                                             Documents& documents) {
  if (!IsDnsLabel(options.stack_id) || options.stack_id.size() > kMaxStackId) {
    return InvalidField("stack-id", "\"" + options.stack_id +
                                        "\" is no DNS label of at most 40 characters: expected "
                                        "a-z, 0-9 and -");
  }
  absl::StatusOr<std::unique_ptr<EngineClient>> engine =
      EngineClient::Create(options.engine, DockerConfigFile());
  if (!engine.ok()) return engine.status();
  return std::make_unique<ContainerExecutor>(options, *std::move(engine), logs, documents);
}

ContainerExecutor::ContainerExecutor(const Options& options, std::unique_ptr<Engine> engine,
                                     LogStore& logs, Documents& documents)
    : options_(options), engine_(std::move(engine)), logs_(logs), documents_(documents) {}

ContainerExecutor::~ContainerExecutor() {
  std::map<std::string, std::shared_ptr<Run>> runs;
  {
    const std::lock_guard lock(mutex_);
    runs.swap(runs_);
  }
  // All of them first: their threads end side by side.
  for (auto& [uid, run] : runs) run->Abandon();
}

void ContainerExecutor::SetListener(Listener listener) {
  const std::lock_guard lock(mutex_);
  listener_ = std::move(listener);
}

absl::Status ContainerExecutor::Start(const v1::Action& action, const v1::Event& event) {
  const std::string& uid = action.metadata().uid();
  if (uid.empty()) return InvalidField("metadata.uid", "required");
  if (const std::shared_ptr<Run> known = Find(uid)) {
    known->GoOn();
    return absl::OkStatus();
  }
  const absl::StatusOr<v1::RunDocuments> documents = DocumentsOfRun(documents_, action);
  if (!documents.ok() && !absl::IsInvalidArgument(documents.status())) return documents.status();
  auto plan = documents.ok() ? PlanRun(action, event, DocumentSet(*documents), options_.run.plan)
                             : absl::StatusOr<RunPlan>(documents.status());
  std::shared_ptr<Run> run;
  {
    const std::lock_guard lock(mutex_);
    if (runs_.count(uid) != 0) return absl::OkStatus();
    if (removing_.count(uid) != 0) {
      return MakeStatus(absl::StatusCode::kUnavailable, "RUN_BEING_REMOVED",
                        "what is left of this run is being removed");
    }
    run = std::make_shared<Run>(
        options_.run, options_.stack_id, *engine_, logs_,
        listener_ ? listener_ : [](const RunKey&) {}, action, std::move(plan));
    runs_[uid] = run;
  }
  // Outside the lock: the listener may ask what it is told of.
  run->Begin();
  return absl::OkStatus();
}

std::shared_ptr<Run> ContainerExecutor::Find(const std::string& uid) {
  const std::lock_guard lock(mutex_);
  const auto it = runs_.find(uid);
  return it == runs_.end() ? nullptr : it->second;
}

std::optional<Observation> ContainerExecutor::Observe(const std::string& uid) {
  const std::shared_ptr<Run> run = Find(uid);
  if (run == nullptr) return std::nullopt;
  return run->Observe();
}

void ContainerExecutor::Stop(const std::string& uid, StopReason reason) {
  if (const std::shared_ptr<Run> run = Find(uid)) run->Stop(reason);
}

absl::Status ContainerExecutor::Remove(const RunKey& key) {
  // An empty label would match what is not ours.
  if (key.uid.empty()) return InvalidField("uid", "required");
  std::shared_ptr<Run> run;
  {
    const std::lock_guard lock(mutex_);
    if (const auto it = runs_.find(key.uid); it != runs_.end()) {
      run = std::move(it->second);
      runs_.erase(it);
    }
    removing_.insert(key.uid);
  }
  // Its thread has returned before anything is removed: it would make anew
  // what it misses.
  run.reset();
  absl::Status status = RemoveAll(key);
  if (status.ok()) status = documents_.ForgetRun(key.uid);
  const std::lock_guard lock(mutex_);
  removing_.erase(removing_.find(key.uid));
  return status;
}

absl::Status ContainerExecutor::RemoveAll(const RunKey& key) {
  const std::stop_token never;
  EngineLabels labels = StackLabels(options_.stack_id);
  labels[kUidLabel] = key.uid;
  const auto containers = engine_->ListContainers(never, labels);
  if (!containers.ok()) return containers.status();
  for (const EngineObject& container : *containers) {
    absl::Status status = engine_->RemoveContainer(never, container.id);
    if (!status.ok()) return status;
  }
  const auto volumes = engine_->ListVolumes(never, labels);
  if (!volumes.ok()) return volumes.status();
  for (const EngineObject& volume : *volumes) {
    absl::Status status = engine_->RemoveVolume(never, volume.id);
    if (!status.ok()) return status;
  }
  return absl::OkStatus();
}

absl::StatusOr<std::vector<RunKey>> ContainerExecutor::List() {
  const std::stop_token never;
  const EngineLabels labels = StackLabels(options_.stack_id);
  std::set<RunKey> keys;
  const auto containers = engine_->ListContainers(never, labels);
  if (!containers.ok()) return containers.status();
  const auto volumes = engine_->ListVolumes(never, labels);
  if (!volumes.ok()) return volumes.status();
  for (const auto* objects : {&*containers, &*volumes}) {
    for (const EngineObject& object : *objects) {
      if (auto key = RunOfLabels(object.labels)) keys.insert(*std::move(key));
    }
  }
  return std::vector<RunKey>(keys.begin(), keys.end());
}

absl::Status ContainerExecutor::Ping() { return engine_->Ping(std::stop_token()); }

}  // namespace eventreactor::local
