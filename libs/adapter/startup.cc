#include "libs/adapter/startup.h"

#include <glog/logging.h>

#include "libs/status/status.h"

namespace eventreactor {

Startup::Startup(std::vector<Step> steps, absl::Duration retry, std::function<void()> done)
    : steps_(std::move(steps)), retry_(retry), done_(std::move(done)), thread_([this] { Run(); }) {}

Startup::~Startup() { Stop(); }

void Startup::Stop() {
  {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
  }
  stop_.notify_all();
  if (thread_.joinable()) thread_.join();
}

void Startup::Run() {
  std::unique_lock lock(mutex_);
  for (const Step& step : steps_) {
    std::string said;
    while (!stopping_) {
      lock.unlock();
      const absl::Status status = step.attempt();
      lock.lock();
      if (status.ok()) break;
      // Once for each different fault.
      if (Message(status) != said) LOG(WARNING) << step.what << ": " << Message(status);
      said = Message(status);
      stop_.wait_for(lock, absl::ToChronoNanoseconds(retry_), [&] { return stopping_; });
    }
  }
  if (stopping_) return;
  lock.unlock();
  done_();
}

}  // namespace eventreactor
