#include "services/dispatcher/loans.h"

#include <glog/logging.h>

namespace eventreactor::dispatcher {

Loans::Loans(absl::Duration interval) : interval_(interval) {
  if (interval_ == absl::InfiniteDuration()) return;
  thread_ = std::thread([this] {
    std::unique_lock lock(mutex_);
    while (!changed_.wait_for(lock, absl::ToChronoMilliseconds(interval_),
                              [this] { return stopping_; })) {
      lock.unlock();
      Renew();
      lock.lock();
    }
  });
}

Loans::~Loans() {
  {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
  }
  changed_.notify_all();
  if (thread_.joinable()) thread_.join();
}

void Loans::Renew() {
  // Under the lock: nothing held goes away meanwhile.
  const std::lock_guard lock(mutex_);
  for (bus::Delivery* delivery : held_) {
    const absl::Status status = delivery->InProgress();
    // Lost: it may be lent to another too, which every step stands.
    LOG_IF(WARNING, !status.ok()) << "could not prolong a message's loan: " << status;
  }
}

Loans::Hold::Hold(Loans& loans, bus::Delivery& delivery) : loans_(loans), delivery_(delivery) {
  const std::lock_guard lock(loans_.mutex_);
  loans_.held_.insert(&delivery_);
}

Loans::Hold::~Hold() {
  const std::lock_guard lock(loans_.mutex_);
  loans_.held_.erase(&delivery_);
}

}  // namespace eventreactor::dispatcher
