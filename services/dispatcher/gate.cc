#include "services/dispatcher/gate.h"

#include <glog/logging.h>

#include "services/dispatcher/backoff.h"

namespace eventreactor::dispatcher {

bool IsAway(const absl::Status& status) {
  return absl::IsUnavailable(status) || absl::IsDeadlineExceeded(status);
}

bool AdapterGate::open() const {
  const std::lock_guard lock(mutex_);
  return open_;
}

void AdapterGate::Report(const absl::Status& status) {
  if (!IsAway(status)) return;
  const std::lock_guard lock(mutex_);
  if (!open_) return;
  open_ = false;
  LOG(WARNING) << "the adapter does not answer, no work is taken until it does: " << status;
}

bool AdapterGate::Wait() {
  std::unique_lock lock(mutex_);
  uint64_t failures = 0;
  while (!open_ && !stopping_) {
    if (knocking_) {
      changed_.wait(lock);
      continue;
    }
    knocking_ = true;
    changed_.wait_for(lock, absl::ToChronoMilliseconds(Backoff(++failures)),
                      [this] { return stopping_; });
    if (!stopping_) {
      lock.unlock();
      Knock();
      lock.lock();
    }
    knocking_ = false;
    changed_.notify_all();
  }
  return !stopping_;
}

void AdapterGate::Knock() {
  const absl::Status status = knock_();
  const std::lock_guard lock(mutex_);
  open_ = !IsAway(status);
  LOG_IF(INFO, open_) << "the adapter answers again";
}

void AdapterGate::Stop() {
  {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
  }
  changed_.notify_all();
}

}  // namespace eventreactor::dispatcher
