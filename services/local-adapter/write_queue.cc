#include "services/local-adapter/write_queue.h"

namespace eventreactor::local {
namespace {

// How many writes share a commit at most: the first must not wait for ever.
constexpr size_t kMaxBatch = 128;

}  // namespace

absl::Status WriteQueue::Run(const Work& work) {
  Waiting self;
  self.work = &work;
  std::unique_lock lock(mutex_);
  queue_.push_back(&self);
  self.turn.wait(lock, [&] { return self.done || queue_.front() == &self; });
  if (self.done) return self.status;

  const auto end = queue_.begin() + static_cast<ptrdiff_t>(std::min(queue_.size(), kMaxBatch));
  const std::vector<Waiting*> batch(queue_.begin(), end);
  lock.unlock();
  RunBatch(batch);
  lock.lock();
  queue_.erase(queue_.begin(), queue_.begin() + static_cast<ptrdiff_t>(batch.size()));
  for (Waiting* each : batch) {
    each->done = true;
    each->turn.notify_one();
  }
  if (!queue_.empty()) queue_.front()->turn.notify_one();
  return self.status;
}

void WriteQueue::RunBatch(const std::vector<Waiting*>& batch) {
  absl::Status status = connection_->Execute("BEGIN IMMEDIATE");
  for (size_t i = 0; i < batch.size() && status.ok(); ++i) {
    RunOne(*batch[i]);
    // Some errors (disk full) roll the whole transaction back.
    if (!connection_->InTransaction()) status = batch[i]->status;
  }
  if (status.ok()) status = connection_->Execute("COMMIT");
  if (status.ok()) {
    committed_(*connection_);
    return;
  }
  if (connection_->InTransaction()) connection_->Execute("ROLLBACK").IgnoreError();
  for (Waiting* each : batch) {
    if (each->status.ok()) each->status = status;
  }
}

void WriteQueue::RunOne(Waiting& waiting) {
  waiting.status = connection_->Execute("SAVEPOINT one");
  if (!waiting.status.ok()) return;
  waiting.status = (*waiting.work)(*connection_);
  if (!connection_->InTransaction()) return;
  if (!waiting.status.ok()) connection_->Execute("ROLLBACK TO one").IgnoreError();
  const absl::Status released = connection_->Execute("RELEASE one");
  if (waiting.status.ok()) waiting.status = released;
}

}  // namespace eventreactor::local
