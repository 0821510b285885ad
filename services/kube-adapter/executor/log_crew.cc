#include "services/kube-adapter/executor/log_crew.h"

#include <utility>

namespace eventreactor::kube {

LogCrew::LogCrew(size_t most, Job job) : most_(most), job_(std::move(job)) {}

LogCrew::~LogCrew() {
  {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
    line_.clear();
    for (const auto& run : under_way_) run->Abandon();
  }
  added_.notify_all();
  for (std::thread& thread : threads_) thread.join();
}

void LogCrew::Add(std::shared_ptr<ChildRun> run) {
  const std::lock_guard lock(mutex_);
  line_.push_back(std::move(run));
  if (idle_ < line_.size() && threads_.size() < most_) threads_.emplace_back([this] { Work(); });
  added_.notify_one();
}

void LogCrew::Work() {
  std::unique_lock lock(mutex_);
  while (true) {
    ++idle_;
    added_.wait(lock, [this] { return stopping_ || !line_.empty(); });
    --idle_;
    if (stopping_) return;
    const std::shared_ptr<ChildRun> run = std::move(line_.front());
    line_.pop_front();
    under_way_.push_back(run);
    lock.unlock();
    job_(*run);
    lock.lock();
    std::erase(under_way_, run);
  }
}

}  // namespace eventreactor::kube
