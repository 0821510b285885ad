#include "services/kube-adapter/executor/child_run.h"

#include <chrono>
#include <nlohmann/json.hpp>
#include <utility>

#include "absl/strings/str_cat.h"

namespace eventreactor::kube {

ChildRun::ChildRun(const ChildKind& kind, RunKey key, ObjectName child, absl::Duration timeout)
    : kind_(kind), key_(std::move(key)), child_(std::move(child)), timeout_(timeout) {}

ChildRun::~ChildRun() = default;

void ChildRun::Changed() {
  ++changes_;
  changed_.notify_all();
}

ObjectName ChildRun::pod() const {
  const Json seen = latest();
  return {child_.ns, seen == nullptr ? "" : kind_.pod_of(*seen)};
}

void ChildRun::See(Json child, bool gone) {
  const std::lock_guard lock(mutex_);
  latest_ = std::move(child);
  gone_ = gone;
  Changed();
}

void ChildRun::Refuse(const RunResult& result) {
  const std::lock_guard lock(mutex_);
  refused_ = result;
  Changed();
}

void ChildRun::RequestStop(StopReason reason) {
  const std::lock_guard lock(mutex_);
  // The first one is why it ends.
  if (stop_ == StopReason::kNone) stop_ = reason;
  Changed();
}

StopReason ChildRun::stop() const {
  const std::lock_guard lock(mutex_);
  return stop_;
}

void ChildRun::Abandon() {
  const std::lock_guard lock(mutex_);
  abandoned_ = true;
  Changed();
}

bool ChildRun::abandoned() const {
  const std::lock_guard lock(mutex_);
  return abandoned_;
}

LogTurn ChildRun::NextLogTurn(absl::Time now) {
  const std::lock_guard lock(mutex_);
  const Observation seen = LookLocked(now);
  LogTurn turn = LogTurn::kNobody;
  for (const v1::StepState& step : seen.steps) {
    if (!step.has_waiting()) turn = LogTurn::kFollower;
  }
  if (seen.result) turn = LogTurn::kCollector;
  if (turn <= log_turn_) return LogTurn::kNobody;
  log_turn_ = turn;
  return turn;
}

bool ChildRun::ClaimLogs() {
  const std::lock_guard lock(mutex_);
  return !std::exchange(logs_claimed_, true);
}

void ChildRun::KeepTail(const std::string& step, std::string tail) {
  const std::lock_guard lock(mutex_);
  tails_[step] = std::move(tail);
}

void ChildRun::LogsStored() {
  const std::lock_guard lock(mutex_);
  logs_stored_ = true;
}

Observation ChildRun::LookLocked(absl::Time now) const {
  if (refused_) {
    Observation seen;
    seen.result = refused_;
    return seen;
  }
  if (latest_ == nullptr) {
    Observation seen;
    if (gone_) {
      const std::string& kind = kind_.resource.kind;
      seen.result = RunResult{
          v1::COMPLETION_UNKNOWN, absl::StrCat(kind, "Deleted"),
          absl::StrCat("the ", kind, " ", child_.name, " is no longer there; somebody deleted it")};
    }
    return seen;
  }
  Sighting sighting;
  sighting.now = now;
  sighting.gone = gone_;
  sighting.stop = stop_;
  sighting.timeout = timeout_;
  return kind_.observe(*latest_, sighting);
}

Observation ChildRun::Look(absl::Time now) const {
  const std::lock_guard lock(mutex_);
  return LookLocked(now);
}

Observation ChildRun::Observe(absl::Time now) const {
  const std::lock_guard lock(mutex_);
  Observation seen = LookLocked(now);
  for (const v1::StepState& step : seen.steps) {
    if (!step.has_terminated()) continue;
    const auto tail = tails_.find(step.name());
    seen.tails.push_back(tail == tails_.end() ? "" : tail->second);
  }
  if (seen.result && !logs_stored_ && latest_ != nullptr) {
    seen.result.reset();
    seen.waiting_reason = "StoringLogs";
    seen.waiting_message = "the run has ended; the rest of its logs is being stored";
  }
  return seen;
}

ChildRun::Json ChildRun::latest() const {
  const std::lock_guard lock(mutex_);
  return latest_;
}

bool ChildRun::gone() const {
  const std::lock_guard lock(mutex_);
  return gone_;
}

int ChildRun::Await(int seen, absl::Duration wait) const {
  std::unique_lock lock(mutex_);
  changed_.wait_for(lock, absl::ToChronoMilliseconds(wait),
                    [&] { return changes_ != seen || abandoned_; });
  return changes_;
}

}  // namespace eventreactor::kube
