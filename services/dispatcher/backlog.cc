#include "services/dispatcher/backlog.h"

#include <utility>

#include "libs/clock/steady_now.h"

namespace eventreactor::dispatcher {
namespace {

// One read of the Pipelines serves so many.
constexpr size_t kTaken = 64;

size_t BytesOf(const Task& task) { return task.delivery->message().payload.size(); }

}  // namespace

void Backlog::Begin() {
  const std::lock_guard lock(mutex_);
  if (creating_++ == 0) busy_since_ = SteadyNow();
}

void Backlog::Put(Tasks tasks) {
  std::unique_lock lock(mutex_);
  if (--creating_ == 0) changed_.notify_all();
  changed_.wait(lock, [this] { return !full(); });
  for (std::unique_ptr<Task>& task : tasks) {
    if (task->ended()) continue;
    bytes_ += BytesOf(*task);
    waiting_.push_back(std::move(task));
  }
  changed_.notify_all();
}

void Backlog::Leave() {
  const std::lock_guard lock(mutex_);
  --creators_;
  changed_.notify_all();
}

Tasks Backlog::Take(bool steady) {
  std::unique_lock lock(mutex_);
  while (waiting_.empty() ? creators_ > 0 : creating_ > 0) {
    const absl::Duration patience = busy_since_ + room_.patience - SteadyNow();
    if (!steady || waiting_.empty()) {
      changed_.wait(lock);
    } else if (patience > absl::ZeroDuration()) {
      changed_.wait_for(lock, absl::ToChronoNanoseconds(patience));
    } else {
      break;
    }
  }
  Tasks taken;
  while (taken.size() < kTaken && !waiting_.empty()) {
    bytes_ -= BytesOf(*waiting_.front());
    taken.push_back(std::move(waiting_.front()));
    waiting_.pop_front();
  }
  changed_.notify_all();
  return taken;
}

void Backlog::Yield() {
  std::unique_lock lock(mutex_);
  changed_.wait(lock, [this] { return creating_ == 0; });
}

}  // namespace eventreactor::dispatcher
