#include "libs/adapter/fake_executor.h"

#include <algorithm>
#include <utility>

namespace eventreactor {

void FakeExecutor::SetListener(Listener listener) {
  const std::lock_guard lock(mutex_);
  listener_ = std::move(listener);
}

absl::Status FakeExecutor::Start(const v1::Action& action, const v1::Event& /*event*/) {
  const std::lock_guard lock(mutex_);
  if (!failure_.ok()) return failure_;
  const v1::ObjectMeta& metadata = action.metadata();
  const RunKey key = {.ns = metadata.namespace_(), .name = metadata.name(), .uid = metadata.uid()};
  if (const auto known = runs_.find(key.uid); known != runs_.end()) {
    known->second.seen.rests_until = absl::InfinitePast();
    return absl::OkStatus();
  }
  {
    const std::lock_guard engine(engine_->mutex);
    if (engine_->runs.insert(key).second) ++engine_->begun[key.uid];
  }
  Run& run = runs_[key.uid];
  run.key = key;
  run.seen.place = "fake-" + key.name;
  v1::StepState& step = run.seen.steps.emplace_back();
  step.set_name("build-step-one");
  step.mutable_running();
  order_.push_back(key.uid);
  return absl::OkStatus();
}

std::optional<Observation> FakeExecutor::Observe(const std::string& uid) {
  const std::lock_guard lock(mutex_);
  const auto run = runs_.find(uid);
  if (run == runs_.end()) return std::nullopt;
  return run->second.seen;
}

void FakeExecutor::Stop(const std::string& uid, StopReason reason) {
  const bool timeout = reason == StopReason::kTimeout;
  Finish(uid, {v1::COMPLETION_FAILURE, timeout ? kReasonTimeout : kBuildCancelled, "stopped"}, 137);
}

absl::Status FakeExecutor::Remove(const RunKey& key) {
  const std::lock_guard lock(mutex_);
  runs_.erase(key.uid);
  if (!failure_.ok()) return failure_;
  const std::lock_guard engine(engine_->mutex);
  engine_->runs.erase(key);
  return absl::OkStatus();
}

absl::StatusOr<std::vector<RunKey>> FakeExecutor::List() {
  const std::lock_guard lock(mutex_);
  if (!failure_.ok()) return failure_;
  const std::lock_guard engine(engine_->mutex);
  return std::vector<RunKey>(engine_->runs.begin(), engine_->runs.end());
}

void FakeExecutor::End(const std::string& uid, int exit_code) {
  v1::StepState step;
  step.set_name("build-step-one");
  step.mutable_terminated()->set_exit_code(exit_code);
  Finish(uid, ResultOfSteps({step}), exit_code);
}

void FakeExecutor::Finish(const std::string& uid, const RunResult& result, int exit_code) {
  Listener listener;
  RunKey key;
  {
    const std::lock_guard lock(mutex_);
    const auto run = runs_.find(uid);
    if (run == runs_.end() || run->second.seen.result) return;
    Observation& seen = run->second.seen;
    seen.steps.front().clear_running();
    seen.steps.front().mutable_terminated()->set_exit_code(exit_code);
    seen.tails = {"log of " + run->second.key.name + "\n"};
    seen.result = result;
    key = run->second.key;
    listener = listener_;
  }
  if (listener) listener(key);
}

void FakeExecutor::Rest(const std::string& uid, absl::Time until) {
  Listener listener;
  RunKey key;
  {
    const std::lock_guard lock(mutex_);
    Run& run = runs_.at(uid);
    run.seen.rests_until = until;
    key = run.key;
    listener = listener_;
  }
  if (listener) listener(key);
}

void FakeExecutor::Fail(const absl::Status& status) {
  const std::lock_guard lock(mutex_);
  failure_ = status;
}

std::vector<std::string> FakeExecutor::Running() {
  const std::lock_guard lock(mutex_);
  std::vector<std::string> names;
  for (const std::string& uid : order_) {
    const auto run = runs_.find(uid);
    if (run == runs_.end() || run->second.seen.result) continue;
    if (run->second.seen.rests_until == absl::InfinitePast()) names.push_back(run->second.key.name);
  }
  return names;
}

bool FakeExecutor::Left(const std::string& uid) {
  const std::lock_guard engine(engine_->mutex);
  return std::any_of(engine_->runs.begin(), engine_->runs.end(),
                     [&](const RunKey& key) { return key.uid == uid; });
}

int FakeExecutor::Begun(const std::string& uid) {
  const std::lock_guard engine(engine_->mutex);
  return engine_->begun[uid];
}

}  // namespace eventreactor
