#include "libs/adapter/executor_choice.h"

#include <algorithm>
#include <utility>

#include "absl/strings/str_cat.h"

namespace eventreactor {

ExecutorChoice::ExecutorChoice(std::map<std::string, Executor*> executors, std::string fallback)
    : executors_(std::move(executors)), fallback_(std::move(fallback)) {}

void ExecutorChoice::SetListener(Listener listener) {
  {
    const std::lock_guard lock(mutex_);
    listener_ = listener;
  }
  for (const auto& [name, executor] : executors_) executor->SetListener(listener);
}

absl::StatusOr<Executor*> ExecutorChoice::Choose(const v1::Action& action) {
  const std::string& named = action.spec().build().executor();
  if (!named.empty()) {
    const auto found = executors_.find(named);
    return found == executors_.end() ? nullptr : found->second;
  }
  for (const auto& [name, executor] : executors_) {
    if (name == fallback_) continue;
    const absl::StatusOr<std::vector<RunKey>> left = executor->List();
    if (!left.ok()) return left.status();
    const bool has = std::any_of(left->begin(), left->end(), [&](const RunKey& key) {
      return key.uid == action.metadata().uid();
    });
    if (has) return executor;
  }
  return executors_.at(fallback_);
}

absl::Status ExecutorChoice::Start(const v1::Action& action, const v1::Event& event) {
  const std::string& uid = action.metadata().uid();
  Executor* executor = Find(uid);
  if (executor == nullptr) {
    const absl::StatusOr<Executor*> chosen = Choose(action);
    if (!chosen.ok()) return chosen.status();
    if (*chosen == nullptr) {
      Refuse(action);
      return absl::OkStatus();
    }
    executor = *chosen;
    const std::lock_guard lock(mutex_);
    chosen_[uid] = executor;
  }
  return executor->Start(action, event);
}

void ExecutorChoice::Refuse(const v1::Action& action) {
  std::string known;
  for (const auto& [name, executor] : executors_) {
    absl::StrAppend(&known, known.empty() ? "" : " or ", name);
  }
  Observation seen;
  seen.result = RunResult{v1::COMPLETION_FAILURE, kReasonValidationFailed,
                          absl::StrCat("spec.executor: \"", action.spec().build().executor(),
                                       "\" is not available here; expected ", known)};
  Listener listener;
  {
    const std::lock_guard lock(mutex_);
    refused_[action.metadata().uid()] = std::move(seen);
    listener = listener_;
  }
  if (!listener) return;
  listener({action.metadata().namespace_(), action.metadata().name(), action.metadata().uid()});
}

Executor* ExecutorChoice::Find(const std::string& uid) {
  const std::lock_guard lock(mutex_);
  const auto found = chosen_.find(uid);
  return found == chosen_.end() ? nullptr : found->second;
}

std::optional<Observation> ExecutorChoice::Observe(const std::string& uid) {
  if (Executor* executor = Find(uid)) return executor->Observe(uid);
  const std::lock_guard lock(mutex_);
  const auto refused = refused_.find(uid);
  if (refused == refused_.end()) return std::nullopt;
  return refused->second;
}

void ExecutorChoice::Stop(const std::string& uid, StopReason reason) {
  if (Executor* executor = Find(uid)) executor->Stop(uid, reason);
}

absl::Status ExecutorChoice::Remove(const RunKey& key) {
  {
    const std::lock_guard lock(mutex_);
    chosen_.erase(key.uid);
    refused_.erase(key.uid);
  }
  absl::Status result;
  for (const auto& [name, executor] : executors_) result.Update(executor->Remove(key));
  return result;
}

absl::StatusOr<std::vector<RunKey>> ExecutorChoice::List() {
  std::vector<RunKey> all;
  for (const auto& [name, executor] : executors_) {
    const absl::StatusOr<std::vector<RunKey>> runs = executor->List();
    if (!runs.ok()) return runs.status();
    all.insert(all.end(), runs->begin(), runs->end());
  }
  return all;
}

}  // namespace eventreactor
