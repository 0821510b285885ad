#include "tests/simulation/engine.h"

#include <utility>

#include "absl/strings/str_cat.h"

namespace eventreactor::simulation {
namespace {

constexpr char kStep[] = "build-step-one";

v1::StepState StepOf(const Engine::Run& run) {
  v1::StepState step;
  step.set_name(kStep);
  if (!run.result) {
    step.mutable_running();
    return step;
  }
  step.mutable_terminated()->set_exit_code(run.exit_code);
  step.mutable_terminated()->mutable_finished_at()->set_seconds(absl::ToUnixSeconds(run.ended));
  return step;
}

RunResult ResultOf(int exit_code) {
  v1::StepState step;
  step.set_name(kStep);
  step.mutable_terminated()->set_exit_code(exit_code);
  return ResultOfSteps({step});
}

}  // namespace

void Engine::Begin(const RunKey& key, bool anew) {
  if (runs_.contains(key.uid) && !anew) return;
  if (!outcomes_.emplace(key.uid, Outcome::kSuccess).second) {
    history_.faults.push_back(absl::StrCat("the run of ", key.name, " was begun twice"));
  }
  if (history_.actions[key.name].ended > 0) {
    history_.faults.push_back(absl::StrCat("the run of ", key.name, " was begun after its end"));
  }
  Run& run = runs_[key.uid];
  run.key = key;
  run.begun = schedule_.now();
  CheckRoom(key.ns);
  const uint64_t dice = schedule_.Below(20);
  run.outcome = dice < 11   ? Outcome::kSuccess
                : dice < 15 ? Outcome::kFailure
                : dice < 17 ? Outcome::kNeutral
                : dice < 19 ? Outcome::kLost
                            : Outcome::kHangs;
  outcomes_[key.uid] = run.outcome;
  if (run.outcome == Outcome::kHangs) return;
  const int exit_code = run.outcome == Outcome::kFailure   ? 1
                        : run.outcome == Outcome::kNeutral ? 78
                                                           : 0;
  const RunResult result = run.outcome == Outcome::kLost ? ResultOfSteps({}) : ResultOf(exit_code);
  const absl::Duration takes = schedule_.Within(absl::Seconds(schedule_.Chance(0.2) ? 60 : 3));
  schedule_.Spawn(process_, [this, key, result, exit_code, takes] {
    schedule_.Sleep(takes);
    End(key.uid, result, exit_code);
  });
}

// A process does not know at once what one before it has begun and not written
// down: each may bring the bound once more.
void Engine::CheckRoom(const std::string& ns) {
  int all = 0;
  int of_namespace = 0;
  for (const auto& [uid, run] : runs_) {
    if (run.result) continue;
    ++all;
    of_namespace += run.key.ns == ns ? 1 : 0;
  }
  if (all > room_.all * attached_ || of_namespace > room_.of_namespace * attached_) {
    history_.faults.push_back(absl::StrCat(all, " runs at once, ", of_namespace, " of ", ns));
  }
}

void Engine::End(const std::string& uid, const RunResult& result, int exit_code) {
  const auto run = runs_.find(uid);
  if (run == runs_.end() || run->second.result) return;
  run->second.result = result;
  run->second.exit_code = exit_code;
  run->second.ended = schedule_.now();
  schedule_.Note("ends", run->second.key.name, result.reason);
  for (ExecutorPort* port : ports_) port->Tell(run->second.key);
  schedule_.Notify();
}

void Engine::Stop(const std::string& uid, StopReason reason) {
  const bool timeout = reason == StopReason::kTimeout;
  End(uid, {v1::COMPLETION_FAILURE, timeout ? kReasonTimeout : kBuildCancelled, "stopped"}, 137);
}

void Engine::Remove(const RunKey& key) {
  const auto run = runs_.find(key.uid);
  if (run == runs_.end()) return;
  if (history_.actions[key.name].ended == 0) {
    history_.faults.push_back(absl::StrCat("the run of ", key.name, " was removed before its end"));
  }
  runs_.erase(run);
}

const Engine::Run* Engine::Find(const std::string& uid) const {
  const auto run = runs_.find(uid);
  return run == runs_.end() ? nullptr : &run->second;
}

std::vector<RunKey> Engine::List() const {
  std::vector<RunKey> keys;
  keys.reserve(runs_.size());
  for (const auto& [uid, run] : runs_) keys.push_back(run.key);
  return keys;
}

absl::Status ExecutorPort::Start(const v1::Action& action, const v1::Event& /*event*/) {
  const v1::ObjectMeta& metadata = action.metadata();
  const RunKey key = {.ns = metadata.namespace_(), .name = metadata.name(), .uid = metadata.uid()};
  return calls_.Make("Start", key.name, [&]() -> absl::Status {
    if (engine_.refuses() && !known_.contains(key.uid)) {
      return MakeStatus(absl::StatusCode::kFailedPrecondition, "REFUSED", "not now");
    }
    const bool anew = mutation_ == Mutation::kBeginsAnew && !known_.contains(key.uid);
    engine_.Begin(key, anew);
    known_.insert(key.uid);
    return absl::OkStatus();
  });
}

std::optional<Observation> ExecutorPort::Observe(const std::string& uid) {
  const Engine::Run* const run = known_.contains(uid) ? engine_.Find(uid) : nullptr;
  if (run == nullptr) return std::nullopt;
  Observation seen;
  seen.started_at = run->begun;
  seen.place = absl::StrCat("place-of-", run->key.name);
  seen.steps = {StepOf(*run)};
  seen.result = run->result;
  if (run->result) seen.tails = {"log\n"};
  return seen;
}

void ExecutorPort::Stop(const std::string& uid, StopReason reason) {
  calls_
      .Make("Stop", uid,
            [&] {
              if (known_.contains(uid)) engine_.Stop(uid, reason);
              return absl::OkStatus();
            })
      .IgnoreError();
}

absl::Status ExecutorPort::Remove(const RunKey& key) {
  known_.erase(key.uid);
  return calls_.Make("Remove", key.name, [&] {
    engine_.Remove(key);
    return absl::OkStatus();
  });
}

absl::StatusOr<std::vector<RunKey>> ExecutorPort::List() {
  return calls_.Make("ListRuns", "",
                     [&] { return absl::StatusOr<std::vector<RunKey>>(engine_.List()); });
}

void ExecutorPort::Tell(const RunKey& key) {
  if (process_->alive && known_.contains(key.uid) && listener_) listener_(key);
}

}  // namespace eventreactor::simulation
