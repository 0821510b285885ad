#include "services/dispatcher/fake_adapter.h"

#include "libs/status/status.h"

namespace eventreactor::dispatcher {
namespace {

absl::Status NotFound(const std::string& reason, const std::string& name) {
  return MakeStatus(absl::StatusCode::kNotFound, reason, "there is no " + name);
}

bool SameCause(const v1::Action& a, const v1::Action& b) {
  return a.spec().event().name() == b.spec().event().name() &&
         a.spec().pipeline().name() == b.spec().pipeline().name() &&
         a.spec().upstream().name() == b.spec().upstream().name();
}

}  // namespace

// Sends what is there, a bookmark, then each change of the log.
class FakeAdapter::Watch : public PipelineWatch {
 public:
  Watch(FakeAdapter& adapter, const std::string& resource_version) : adapter_(adapter) {
    const std::lock_guard lock(adapter_.mutex_);
    ++adapter_.watches_;
    epoch_ = adapter_.epoch_;
    if (!adapter_.failure_.ok()) end_ = adapter_.failure_;
    next_ = resource_version.empty() ? adapter_.visible_ : std::stoul(resource_version);
    if (!resource_version.empty() && next_ < adapter_.first_) {
      end_ = MakeStatus(absl::StatusCode::kOutOfRange, "VERSION_EXPIRED", "forgotten");
    }
    if (!resource_version.empty()) return;
    // What was visible, not what is stored: a held watch lags from its start.
    std::map<Key, v1::Pipeline> there;
    for (size_t i = 0; i < adapter_.visible_; ++i) {
      const v1::PipelineServiceWatchResponse& change = adapter_.log_[i];
      const v1::ObjectMeta& metadata = change.pipeline().metadata();
      const Key key{metadata.namespace_(), metadata.name()};
      there.erase(key);
      if (change.type() != v1::CHANGE_TYPE_DELETED) there[key] = change.pipeline();
    }
    for (auto& entry : there) {
      v1::PipelineServiceWatchResponse& change = pending_.emplace_back();
      change.set_type(v1::CHANGE_TYPE_ADDED);
      *change.mutable_pipeline() = std::move(entry.second);
      change.set_resource_version(std::to_string(next_));
    }
    v1::PipelineServiceWatchResponse& bookmark = pending_.emplace_back();
    bookmark.set_type(v1::CHANGE_TYPE_BOOKMARK);
    bookmark.set_resource_version(std::to_string(next_));
  }

  ~Watch() override {
    const std::lock_guard lock(adapter_.mutex_);
    --adapter_.watches_;
  }

  bool Next(v1::PipelineServiceWatchResponse& change) override {
    std::unique_lock lock(adapter_.mutex_);
    adapter_.changed_.wait(lock, [this] { return Ended() || !pending_.empty() || HasMore(); });
    if (Ended()) return false;
    if (!pending_.empty()) {
      change = std::move(pending_.front());
      pending_.pop_front();
      return true;
    }
    change = adapter_.log_[next_++];
    change.set_resource_version(std::to_string(next_));
    return true;
  }

  absl::Status Finish() override {
    const std::lock_guard lock(adapter_.mutex_);
    if (!end_.ok()) return end_;
    return cancelled_ ? absl::CancelledError("cancelled") : absl::UnavailableError("broken off");
  }

  void Cancel() override {
    {
      const std::lock_guard lock(adapter_.mutex_);
      cancelled_ = true;
    }
    adapter_.changed_.notify_all();
  }

 private:
  bool Ended() const { return !end_.ok() || cancelled_ || epoch_ != adapter_.epoch_; }
  bool HasMore() const { return next_ < adapter_.visible_; }

  FakeAdapter& adapter_;
  int epoch_ = 0;
  size_t next_ = 0;
  std::deque<v1::PipelineServiceWatchResponse> pending_;
  absl::Status end_;
  bool cancelled_ = false;
};

v1::Pipeline FakeAdapter::Apply(v1::Pipeline pipeline) {
  const std::lock_guard lock(mutex_);
  v1::ObjectMeta& metadata = *pipeline.mutable_metadata();
  if (metadata.namespace_().empty()) metadata.set_namespace_("default");
  const Key key{metadata.namespace_(), metadata.name()};
  const auto found = pipelines_.find(key);
  const bool there = found != pipelines_.end();
  metadata.set_uid(there ? found->second.metadata().uid() : "uid-" + std::to_string(++uids_));
  metadata.set_generation(there ? found->second.metadata().generation() + 1 : 1);
  pipelines_[key] = pipeline;
  Append(there ? v1::CHANGE_TYPE_MODIFIED : v1::CHANGE_TYPE_ADDED, pipeline);
  return pipeline;
}

void FakeAdapter::DeletePipeline(const std::string& ns, const std::string& name) {
  const std::lock_guard lock(mutex_);
  const auto found = pipelines_.find({ns, name});
  if (found == pipelines_.end()) return;
  Append(v1::CHANGE_TYPE_DELETED, found->second);
  pipelines_.erase(found);
}

void FakeAdapter::Append(v1::ChangeType type, const v1::Pipeline& pipeline) {
  v1::PipelineServiceWatchResponse& change = log_.emplace_back();
  change.set_type(type);
  *change.mutable_pipeline() = pipeline;
  if (!held_) visible_ = log_.size();
  changed_.notify_all();
}

void FakeAdapter::HoldWatches(bool held) {
  const std::lock_guard lock(mutex_);
  held_ = held;
  if (!held_) visible_ = log_.size();
  changed_.notify_all();
}

void FakeAdapter::BreakWatches(bool expired) {
  const std::lock_guard lock(mutex_);
  ++epoch_;
  if (expired) first_ = log_.size() + 1;
  changed_.notify_all();
}

void FakeAdapter::SetCompletion(const std::string& action, v1::Completion completion) {
  const std::lock_guard lock(mutex_);
  actions_.at({"default", action}).mutable_status()->set_completion(completion);
}

void FakeAdapter::Fail(absl::Status status) {
  const std::lock_guard lock(mutex_);
  failure_ = std::move(status);
  if (!failure_.ok()) ++epoch_;
  changed_.notify_all();
}

void FakeAdapter::SetHook(Hook hook) {
  const std::lock_guard lock(mutex_);
  hook_ = std::move(hook);
}

void FakeAdapter::SetAnswerHook(Hook hook) {
  const std::lock_guard lock(mutex_);
  answer_hook_ = std::move(hook);
}

std::vector<v1::Action> FakeAdapter::Actions() const {
  const std::lock_guard lock(mutex_);
  std::vector<v1::Action> actions;
  actions.reserve(actions_.size());
  for (const auto& entry : actions_) actions.push_back(entry.second);
  return actions;
}

std::vector<v1::Event> FakeAdapter::Events() const {
  const std::lock_guard lock(mutex_);
  std::vector<v1::Event> events;
  events.reserve(events_.size());
  for (const auto& entry : events_) events.push_back(entry.second);
  return events;
}

int FakeAdapter::CreatedEver() const {
  const std::lock_guard lock(mutex_);
  return created_ever_;
}

int FakeAdapter::Calls(const std::string& call) const {
  const std::lock_guard lock(mutex_);
  const auto found = calls_.find(call);
  return found == calls_.end() ? 0 : found->second;
}

int FakeAdapter::OpenWatches() const {
  const std::lock_guard lock(mutex_);
  return watches_;
}

absl::Status FakeAdapter::Before(const std::string& call, const std::string& object) {
  Hook hook;
  {
    const std::lock_guard lock(mutex_);
    ++calls_[call];
    if (!failure_.ok()) return failure_;
    hook = hook_;
  }
  return hook ? hook(call, object) : absl::OkStatus();
}

absl::Status FakeAdapter::After(const std::string& call, const std::string& object) {
  Hook hook;
  {
    const std::lock_guard lock(mutex_);
    hook = answer_hook_;
  }
  return hook ? hook(call, object) : absl::OkStatus();
}

bool FakeAdapter::WasDispatched(const v1::Action& action) const {
  const std::string& ns = action.metadata().namespace_();
  if (action.spec().has_upstream()) {
    const auto upstream = actions_.find({ns, action.spec().upstream().name()});
    return upstream != actions_.end() && upstream->second.status().has_dispatch_time();
  }
  const auto event = events_.find({ns, action.spec().event().name()});
  return event != events_.end() && event->second.status().has_dispatch_time();
}

absl::StatusOr<AdapterClient::Answers> FakeAdapter::Create(const v1::CreateBatchRequest& batch) {
  if (absl::Status status = Before("CreateBatch", ""); !status.ok()) return status;
  Answers answers;
  for (const v1::CreateRequest& request : batch.requests()) {
    answers.push_back(CreateOne(request.action(), request.on_request()));
  }
  return answers;
}

absl::StatusOr<bool> FakeAdapter::CreateOne(const v1::Action& action, bool on_request) {
  const std::string& name = action.metadata().name();
  if (absl::Status status = Before("Create", action.spec().pipeline().name()); !status.ok()) {
    return status;
  }
  bool created = false;
  {
    const std::lock_guard lock(mutex_);
    const Key key{action.metadata().namespace_(), name};
    const auto found = actions_.find(key);
    if (found != actions_.end() && !SameCause(found->second, action)) {
      return MakeStatus(absl::StatusCode::kAlreadyExists, "NAME_TAKEN", name + " is taken");
    }
    if (found == actions_.end()) {
      if (!on_request && WasDispatched(action)) {
        return MakeStatus(absl::StatusCode::kFailedPrecondition, "ALREADY_DISPATCHED",
                          "its cause was dispatched before");
      }
      v1::Action& stored = actions_[key] = action;
      stored.mutable_metadata()->set_uid("uid-" + std::to_string(++uids_));
      ++created_ever_;
      created = true;
    }
  }
  if (absl::Status status = After("Create", action.spec().pipeline().name()); !status.ok()) {
    return status;
  }
  return created;
}

absl::StatusOr<v1::Event> FakeAdapter::Record(const v1::Event& event) {
  const std::string& name = event.metadata().name();
  if (absl::Status status = Before("Record", name); !status.ok()) return status;
  v1::Event stored;
  {
    const std::lock_guard lock(mutex_);
    stored = events_.emplace(Key{event.metadata().namespace_(), name}, event).first->second;
  }
  if (absl::Status status = After("Record", name); !status.ok()) return status;
  return stored;
}

std::vector<std::string> FakeAdapter::LimitExceeded() const {
  const std::lock_guard lock(mutex_);
  return limit_exceeded_;
}

absl::Status FakeAdapter::MarkDispatched(const std::string& ns, const std::string& action,
                                         const std::string& uid, bool limit_exceeded) {
  if (absl::Status status = Before("MarkDispatched", action); !status.ok()) return status;
  {
    const std::lock_guard lock(mutex_);
    const auto found = actions_.find({ns, action});
    if (found == actions_.end() || (!uid.empty() && found->second.metadata().uid() != uid)) {
      return NotFound("ACTION_NOT_FOUND", action);
    }
    found->second.mutable_status()->mutable_dispatch_time()->set_seconds(1);
    if (limit_exceeded) limit_exceeded_.push_back(action);
  }
  return After("MarkDispatched", action);
}

std::map<std::string, std::string> FakeAdapter::Refused() const {
  const std::lock_guard lock(mutex_);
  return refused_;
}

absl::Status FakeAdapter::MarkRefused(const std::string& ns, const std::string& action,
                                      const std::string& uid, const std::string& why) {
  absl::Status marked = MarkDispatched(ns, action, uid, false);
  if (!marked.ok()) return marked;
  const std::lock_guard lock(mutex_);
  refused_[action] = why;
  return absl::OkStatus();
}

absl::StatusOr<v1::Event> FakeAdapter::GetEvent(const std::string& ns, const std::string& name) {
  if (absl::Status status = Before("GetEvent", name); !status.ok()) return status;
  const std::lock_guard lock(mutex_);
  const auto found = events_.find({ns, name});
  if (found == events_.end()) return NotFound("EVENT_NOT_FOUND", name);
  return found->second;
}

absl::StatusOr<v1::Action> FakeAdapter::GetAction(const std::string& ns, const std::string& name) {
  if (absl::Status status = Before("GetAction", name); !status.ok()) return status;
  const std::lock_guard lock(mutex_);
  const auto found = actions_.find({ns, name});
  if (found == actions_.end()) return NotFound("ACTION_NOT_FOUND", name);
  return found->second;
}

absl::StatusOr<std::vector<v1::Action>> FakeAdapter::ListActions(const std::string& ns,
                                                                 const std::string& event) {
  if (absl::Status status = Before("ListActions", event); !status.ok()) return status;
  const std::lock_guard lock(mutex_);
  std::vector<v1::Action> actions;
  for (const auto& [key, action] : actions_) {
    if (key.first == ns && action.spec().event().name() == event) actions.push_back(action);
  }
  return actions;
}

absl::StatusOr<v1::Pipeline> FakeAdapter::GetPipeline(const std::string& ns,
                                                      const std::string& name) {
  if (absl::Status status = Before("GetPipeline", name); !status.ok()) return status;
  const std::lock_guard lock(mutex_);
  const auto found = pipelines_.find({ns, name});
  if (found == pipelines_.end()) return NotFound("PIPELINE_NOT_FOUND", name);
  return found->second;
}

absl::StatusOr<std::vector<v1::PipelineIdentity>> FakeAdapter::Barrier(const std::string& ns) {
  std::vector<v1::PipelineIdentity> identities;
  if (absl::Status status = Before("Barrier", ns); !status.ok()) return status;
  {
    const std::lock_guard lock(mutex_);
    for (const auto& [key, pipeline] : pipelines_) {
      if (key.first != ns) continue;
      v1::PipelineIdentity& identity = identities.emplace_back();
      identity.set_name(key.second);
      identity.set_uid(pipeline.metadata().uid());
      identity.set_generation(pipeline.metadata().generation());
    }
  }
  if (absl::Status status = After("Barrier", ns); !status.ok()) return status;
  return identities;
}

std::unique_ptr<PipelineWatch> FakeAdapter::WatchPipelines(const std::string& resource_version) {
  Before("WatchPipelines", resource_version).IgnoreError();
  return std::make_unique<Watch>(*this, resource_version);
}

}  // namespace eventreactor::dispatcher
