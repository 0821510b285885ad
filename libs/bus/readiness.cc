#include "libs/bus/readiness.h"

#include <chrono>
#include <utility>

#include "libs/clock/steady_now.h"
#include "libs/status/status.h"

namespace eventreactor::bus {
namespace {

constexpr absl::Duration kUntilGood = absl::Seconds(1);
constexpr absl::Duration kWhileGood = absl::Seconds(10);
constexpr std::chrono::milliseconds kPollInterval(500);

absl::Status Unready(const std::string& reason, const std::string& message) {
  return MakeStatus(absl::StatusCode::kUnavailable, reason, message);
}

}  // namespace

Readiness::Readiness(Probes probes)
    : probes_(std::move(probes)),
      status_(Unready("STARTING", "nobody has looked at the bus yet")) {}

absl::Status Readiness::Look(absl::Time now) {
  if (!probes_.connected()) {
    next_verify_ = absl::InfinitePast();
    return Unready("BUS_DOWN", "there is no connection to the bus");
  }
  if (now >= next_verify_) {
    const absl::Status verified = probes_.verify_streams();
    verified_ =
        verified.ok() ? verified : Unready("STREAMS_UNFIT", eventreactor::Message(verified));
    next_verify_ = now + (verified_.ok() ? kWhileGood : kUntilGood);
  }
  return verified_;
}

void Readiness::Check(absl::Time now) {
  const absl::Status found = Look(now);
  bool is_change = !checked_;
  checked_ = true;
  {
    const std::lock_guard lock(mutex_);
    is_change = is_change || found != status_;
    status_ = found;
  }
  if (is_change) probes_.changed(found);
}

absl::Status Readiness::status() const {
  const std::lock_guard lock(mutex_);
  return status_;
}

ReadinessPoller::ReadinessPoller(Readiness& readiness)
    : thread_([this, &readiness](const std::stop_token& stop) {
        std::unique_lock lock(mutex_);
        while (!stop.stop_requested()) {
          readiness.Check(SteadyNow());
          wake_.wait_for(lock, stop, kPollInterval, [] { return false; });
        }
      }) {}

}  // namespace eventreactor::bus
