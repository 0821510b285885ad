#include "libs/bus/publish_mux.h"

#include <algorithm>

#include "absl/strings/numbers.h"
#include "libs/bus/bus_errors.h"
#include "libs/clock/steady_now.h"

namespace eventreactor::bus {

PublishMux::PublishMux() {
  thread_ = std::thread([this] { Run(); });
}

PublishMux::~PublishMux() {
  FailAll(BusDown("the bus was closed before it answered"));
  {
    const std::lock_guard lock(mu_);
    stopping_ = true;
  }
  wake_.notify_all();
  thread_.join();
}

std::string PublishMux::Add(absl::Duration timeout, Bus::PublishCallback done) {
  const std::lock_guard lock(mu_);
  if (waiting_.size() >= kMaxInFlight) {
    FailLater(std::move(done), BusBusy());
    return "";
  }
  const uint64_t token = next_token_++;
  const auto deadline = deadlines_.emplace(SteadyNow() + timeout, token);
  waiting_.emplace(token, Waiting{std::move(done), deadline});
  // The thread sleeps until the earliest deadline it knew.
  if (deadline == deadlines_.begin()) wake_.notify_one();
  return std::to_string(token);
}

void PublishMux::Answer(const std::string& token, absl::StatusOr<PublishAck> ack) {
  uint64_t number = 0;
  if (!absl::SimpleAtoi(token, &number)) return;
  Bus::PublishCallback done;
  {
    const std::lock_guard lock(mu_);
    const auto it = waiting_.find(number);
    if (it == waiting_.end()) return;
    done = Remove(it);
  }
  done(std::move(ack));
}

void PublishMux::Fail(const std::string& token, const absl::Status& status) {
  uint64_t number = 0;
  if (!absl::SimpleAtoi(token, &number)) return;
  const std::lock_guard lock(mu_);
  const auto it = waiting_.find(number);
  if (it != waiting_.end()) FailLater(Remove(it), status);
}

void PublishMux::FailAll(const absl::Status& status) {
  const std::lock_guard lock(mu_);
  while (!waiting_.empty()) FailLater(Remove(waiting_.begin()), status);
}

void PublishMux::Refuse(Bus::PublishCallback done, const absl::Status& status) {
  const std::lock_guard lock(mu_);
  FailLater(std::move(done), status);
}

Bus::PublishCallback PublishMux::Remove(WaitingMap::iterator it) {
  Bus::PublishCallback done = std::move(it->second.done);
  deadlines_.erase(it->second.deadline);
  waiting_.erase(it);
  return done;
}

void PublishMux::FailLater(Bus::PublishCallback done, const absl::Status& status) {
  failed_.emplace_back(std::move(done), status);
  wake_.notify_one();
}

void PublishMux::ExpireDue() {
  const absl::Time now = SteadyNow();
  while (!deadlines_.empty() && deadlines_.begin()->first <= now) {
    FailLater(Remove(waiting_.find(deadlines_.begin()->second)),
              BusDown("the bus did not answer in time; the message may or may not be stored"));
  }
}

void PublishMux::Run() {
  std::unique_lock lock(mu_);
  while (true) {
    ExpireDue();
    if (!failed_.empty()) {
      std::vector<std::pair<Bus::PublishCallback, absl::Status>> failed;
      failed.swap(failed_);
      lock.unlock();
      for (auto& [done, status] : failed) done(status);
      failed.clear();  // What the callbacks hold may call us when it ends.
      lock.lock();
      continue;
    }
    if (stopping_) return;
    if (deadlines_.empty()) {
      wake_.wait(lock);
    } else {
      const absl::Duration left = deadlines_.begin()->first - SteadyNow();
      // Infinite deadlines are looked at again now and then.
      wake_.wait_for(
          lock, absl::ToChronoMilliseconds(std::min(left, absl::Hours(1)) + absl::Milliseconds(1)));
    }
  }
}

}  // namespace eventreactor::bus
