#include "services/dispatcher/worker_pool.h"

#include <glog/logging.h>

#include <memory>
#include <utility>

#include "libs/status/status.h"
#include "services/dispatcher/backoff.h"

namespace eventreactor::dispatcher {
namespace {

// How long a worker waits for messages before it looks whether to stop.
constexpr absl::Duration kFetchWait = absl::Seconds(1);
constexpr absl::Duration kFirstFetchWait = absl::Milliseconds(100);

}  // namespace

WorkerPool::WorkerPool(bus::Bus& bus, PipelineCache& cache, AdapterGate& gate,
                       std::vector<Crew> crews, int batch)
    : bus_(bus), cache_(cache), gate_(gate), crews_(std::move(crews)), batch_(batch) {
  for (const Crew& crew : crews_) {
    running_ += 2 * crew.workers;
    creators_ += crew.workers;
    backlogs_.push_back(std::make_unique<Backlog>(crew.workers));
  }
  for (size_t at = 0; at < crews_.size(); ++at) {
    const Crew& crew = crews_[at];
    Backlog& backlog = *backlogs_[at];
    for (int i = 0; i < crew.workers; ++i) {
      Spawn([this, &crew, &backlog] { Create(crew, backlog); });
      Spawn([&crew, &backlog, steady = i == 0] { Conclude(crew, backlog, steady); });
    }
  }
}

void WorkerPool::Spawn(std::function<void()> work) {
  threads_.emplace_back([this, work = std::move(work)] {
    work();
    const std::lock_guard lock(mutex_);
    --running_;
    changed_.notify_all();
  });
}

WorkerPool::~WorkerPool() {
  Stop(absl::InfiniteDuration());
  for (std::thread& thread : threads_) thread.join();
}

bool WorkerPool::Attached() const {
  const std::lock_guard lock(mutex_);
  return attached_ == creators_;
}

bool WorkerPool::Stop(absl::Duration drain) {
  std::unique_lock lock(mutex_);
  stopping_ = true;
  changed_.notify_all();
  lock.unlock();
  gate_.Stop();
  lock.lock();
  const auto ended = [this] { return running_ == 0; };
  if (drain == absl::InfiniteDuration()) {
    changed_.wait(lock, ended);
    return true;
  }
  if (changed_.wait_for(lock, absl::ToChronoMilliseconds(drain), ended)) return true;
  for (const auto& backlog : backlogs_) backlog->GiveBack();
  return false;
}

bool WorkerPool::Pause(absl::Duration time) {
  std::unique_lock lock(mutex_);
  return changed_.wait_for(lock, absl::ToChronoMilliseconds(time), [this] { return stopping_; });
}

void WorkerPool::Create(const Crew& crew, Backlog& backlog) {
  if (cache_.WaitReady()) TakeMessages(crew, backlog);
  backlog.Leave();
}

void WorkerPool::Conclude(const Crew& crew, Backlog& backlog, bool steady) {
  const auto go_on = [&] { return steady || !backlog.creating(); };
  for (Tasks tasks = backlog.Take(steady); !tasks.empty(); tasks = backlog.Take(steady)) {
    backlog.PutBack(crew.dispatcher.Finish(std::move(tasks), go_on));
  }
}

void WorkerPool::TakeMessages(const Crew& crew, Backlog& backlog) {
  std::unique_ptr<bus::Consumer> consumer;
  uint64_t failures = 0;
  bool attached = false;
  const auto set_attached = [&](bool now) {
    const std::lock_guard lock(mutex_);
    attached_ += static_cast<int>(now) - static_cast<int>(attached);
    attached = now;
  };
  // Joining is repeatable, and heals a consumer that went with its server.
  const auto fail = [&](const absl::Status& status) {
    LOG_IF(WARNING, attached || failures == 0)
        << "no messages from " << crew.stream << ", trying again: " << status;
    set_attached(false);
    consumer = nullptr;
    return Pause(Backoff(++failures));
  };
  while (!Pause(absl::ZeroDuration()) && gate_.Wait()) {
    if (consumer == nullptr) {
      auto joined = bus_.Consume(crew.stream, kDurable);
      if (!joined.ok()) {
        if (fail(joined.status())) break;
        continue;
      }
      consumer = *std::move(joined);
    }
    // Joining asks nobody: only an answer to the first fetch, which waits for
    // no message to come, says that the consumer is there.
    auto fetched = consumer->Fetch(batch_, attached ? kFetchWait : kFirstFetchWait);
    if (!fetched.ok()) {
      if (fail(fetched.status())) break;
      continue;
    }
    failures = 0;
    set_attached(true);
    if (Pause(absl::ZeroDuration())) {
      // Came while this process was told to stop: at once to another.
      for (auto& delivery : *fetched) delivery->Nak(absl::ZeroDuration()).IgnoreError();
      break;
    }
    if (fetched->empty()) continue;
    backlog.Begin();
    backlog.Put(crew.dispatcher.Begin(*std::move(fetched)));
  }
  set_attached(false);
}

}  // namespace eventreactor::dispatcher
