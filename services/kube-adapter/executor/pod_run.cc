#include "services/kube-adapter/executor/pod_run.h"

#include <chrono>
#include <nlohmann/json.hpp>
#include <utility>

#include "services/kube-adapter/pod/pod_observe.h"

namespace eventreactor::kube {

PodRun::PodRun(RunKey key, ObjectName pod, absl::Duration timeout)
    : key_(std::move(key)), pod_(std::move(pod)), timeout_(timeout) {}

PodRun::~PodRun() = default;

void PodRun::Changed() {
  ++changes_;
  changed_.notify_all();
}

void PodRun::See(Json pod, bool gone) {
  const std::lock_guard lock(mutex_);
  latest_ = std::move(pod);
  gone_ = gone;
  Changed();
}

void PodRun::Refuse(const RunResult& result) {
  const std::lock_guard lock(mutex_);
  refused_ = result;
  Changed();
}

void PodRun::RequestStop(StopReason reason) {
  const std::lock_guard lock(mutex_);
  // The first one is why it ends.
  if (stop_ == StopReason::kNone) stop_ = reason;
  Changed();
}

StopReason PodRun::stop() const {
  const std::lock_guard lock(mutex_);
  return stop_;
}

void PodRun::Abandon() {
  const std::lock_guard lock(mutex_);
  abandoned_ = true;
  Changed();
}

bool PodRun::abandoned() const {
  const std::lock_guard lock(mutex_);
  return abandoned_;
}

void PodRun::KeepTail(const std::string& step, std::string tail) {
  const std::lock_guard lock(mutex_);
  tails_[step] = std::move(tail);
}

void PodRun::LogsStored() {
  const std::lock_guard lock(mutex_);
  logs_stored_ = true;
}

Observation PodRun::LookLocked(absl::Time now) const {
  if (refused_) {
    Observation seen;
    seen.result = refused_;
    return seen;
  }
  if (latest_ == nullptr) {
    Observation seen;
    seen.place = pod_.name;
    if (gone_) {
      seen.result = RunResult{v1::COMPLETION_UNKNOWN, "PodDeleted",
                              "the Pod " + pod_.name + " is no longer there; somebody deleted it"};
    }
    return seen;
  }
  PodSighting sighting;
  sighting.now = now;
  sighting.gone = gone_;
  sighting.stop = stop_;
  sighting.timeout = timeout_;
  return ObservePod(*latest_, sighting);
}

Observation PodRun::Look(absl::Time now) const {
  const std::lock_guard lock(mutex_);
  return LookLocked(now);
}

Observation PodRun::Observe(absl::Time now) const {
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

PodRun::Json PodRun::latest() const {
  const std::lock_guard lock(mutex_);
  return latest_;
}

bool PodRun::gone() const {
  const std::lock_guard lock(mutex_);
  return gone_;
}

int PodRun::Await(int seen, absl::Duration wait) const {
  std::unique_lock lock(mutex_);
  changed_.wait_for(lock, absl::ToChronoMilliseconds(wait),
                    [&] { return changes_ != seen || abandoned_; });
  return changes_;
}

}  // namespace eventreactor::kube
