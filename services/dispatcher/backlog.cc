#include "services/dispatcher/backlog.h"

#include <utility>
#include <vector>

#include "libs/clock/steady_now.h"

namespace eventreactor::dispatcher {
namespace {

// One read of the Pipelines serves so many.
constexpr size_t kTaken = 64;

// The message is held as it came and as what was read from it.
size_t BytesOf(const Task& task) {
  const bus::Message& message = task.delivery->message();
  size_t bytes = sizeof(Task) + 2 * message.payload.size();
  for (const auto& [name, value] : message.headers) bytes += 2 * (name.size() + value.size());
  return task.dispatch == nullptr ? bytes : bytes + task.dispatch->bytes();
}

}  // namespace

void Backlog::Begin() {
  const std::lock_guard lock(mutex_);
  ++creating_;
}

void Backlog::Put(Tasks tasks) {
  const absl::Time now = SteadyNow();
  std::vector<Waiting> open;
  open.reserve(tasks.size());
  for (std::unique_ptr<Task>& task : tasks) {
    if (task->ended()) continue;
    const size_t bytes = BytesOf(*task);
    task->waits_since = now;
    open.push_back({std::move(task), bytes});
  }
  std::unique_lock lock(mutex_);
  if (--creating_ == 0) changed_.notify_all();
  changed_.wait(lock, [this] { return !full(); });
  for (Waiting& each : open) {
    bytes_ += each.bytes;
    waiting_.push_back(std::move(each));
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
    if (!steady || waiting_.empty()) {
      changed_.wait(lock);
      continue;
    }
    const absl::Duration patience =
        waiting_.front().task->waits_since + room_.patience - SteadyNow();
    if (patience <= absl::ZeroDuration()) break;
    changed_.wait_for(lock, absl::ToChronoNanoseconds(patience));
  }
  Tasks taken;
  while (taken.size() < kTaken && !waiting_.empty()) {
    bytes_ -= waiting_.front().bytes;
    taken.push_back(std::move(waiting_.front().task));
    waiting_.pop_front();
  }
  changed_.notify_all();
  return taken;
}

void Backlog::PutBack(Tasks tasks) {
  const std::lock_guard lock(mutex_);
  for (auto task = tasks.rbegin(); task != tasks.rend(); ++task) {
    const size_t bytes = BytesOf(**task);
    bytes_ += bytes;
    waiting_.push_front({std::move(*task), bytes});
  }
  changed_.notify_all();
}

bool Backlog::creating() const {
  const std::lock_guard lock(mutex_);
  return creating_ > 0;
}

void Backlog::GiveBack() {
  const std::lock_guard lock(mutex_);
  for (const Waiting& each : waiting_) {
    each.task->hold.reset();
    each.task->delivery->Nak(absl::ZeroDuration()).IgnoreError();
  }
  waiting_.clear();
  bytes_ = 0;
  changed_.notify_all();
}

}  // namespace eventreactor::dispatcher
