#include "libs/bus/connection.h"

#include <glog/logging.h>

#include <algorithm>
#include <random>

#include "absl/time/clock.h"
#include "libs/bus/bus_errors.h"
#include "libs/status/status.h"

namespace eventreactor::bus {
namespace {

constexpr absl::Duration kFirstPause = absl::Milliseconds(100);
constexpr absl::Duration kLongestPause = absl::Seconds(2);

// Grows with each failure; jitter keeps a fleet from dialing in step.
absl::Duration Pause(int failures) {
  thread_local std::minstd_rand random(std::random_device{}());
  const absl::Duration longest =
      std::min(kLongestPause, kFirstPause * (1 << std::min(failures, 10)));
  return longest * std::uniform_real_distribution<double>(0.5, 1.0)(random);
}

}  // namespace

Connection::Connection(ConnectOptions options, Handlers handlers)
    : options_(std::move(options)), handlers_(std::move(handlers)) {
  keeper_ = std::thread([this] { Keep(); });
}

Connection::~Connection() { Stop(); }

absl::StatusOr<std::shared_ptr<Link>> Connection::Current() {
  const std::lock_guard lock(mu_);
  if (link_ == nullptr) return Down();
  return link_;
}

absl::StatusOr<std::shared_ptr<Link>> Connection::Await(absl::Duration wait) {
  std::unique_lock lock(mu_);
  changed_.wait_for(lock, absl::ToChronoMilliseconds(wait),
                    [this] { return link_ != nullptr || stopping_; });
  if (link_ == nullptr) return Down();
  return link_;
}

void Connection::Stop() {
  std::shared_ptr<Link> link;
  {
    const std::lock_guard lock(mu_);
    stopping_ = true;
    last_error_ = "the bus was closed";
    link = std::move(link_);
    link_ = nullptr;
  }
  changed_.notify_all();
  // Others may hold the link: close it rather than wait for them.
  if (link != nullptr) natsConnection_Close(link->nats());
  link.reset();
  if (keeper_.joinable()) keeper_.join();
}

absl::Status Connection::Down() const { return BusDown(last_error_); }

void Connection::Keep() {
  int failures = 0;
  std::unique_lock lock(mu_);
  while (!stopping_) {
    link_alive_ = true;
    lock.unlock();
    absl::StatusOr<std::shared_ptr<Link>> dialed =
        Link::Dial(options_, {handlers_.on_answer, [this] {
                                handlers_.on_down();
                                const std::lock_guard down(mu_);
                                link_alive_ = false;
                                changed_.notify_all();
                              }});
    lock.lock();
    if (!dialed.ok()) {
      if (!stopping_) last_error_ = eventreactor::Message(dialed.status());
      if (failures == 0) LOG(WARNING) << last_error_ << "; trying again for ever";
      const absl::Duration pause = Pause(failures++);
      changed_.wait_for(lock, absl::ToChronoMilliseconds(pause), [this] { return stopping_; });
      continue;
    }
    LOG(INFO) << "connected to NATS at " << (*dialed)->Server();
    failures = 0;
    if (stopping_) {
      natsConnection_Close((*dialed)->nats());
    } else if (link_alive_) {
      link_ = *std::move(dialed);
      changed_.notify_all();
    }
    changed_.wait(lock, [this] { return !link_alive_; });
    // Destroyed without the lock: it waits for threads of the library.
    std::shared_ptr<Link> dead = std::move(link_);
    link_ = nullptr;
    if (!stopping_) {
      last_error_ = "the connection to NATS was lost";
      LOG(WARNING) << last_error_;
    }
    lock.unlock();
    dead.reset();
    lock.lock();
  }
}

}  // namespace eventreactor::bus
