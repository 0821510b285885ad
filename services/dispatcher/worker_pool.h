// The threads that take messages from the bus and create Actions, and those
// that conclude what they created. None is taken before the Pipelines are
// known, nor while the adapter does not answer.
#pragma once

#include <condition_variable>
#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

#include "absl/time/time.h"
#include "libs/bus/bus.h"
#include "services/dispatcher/backlog.h"
#include "services/dispatcher/dispatcher.h"
#include "services/dispatcher/gate.h"
#include "services/dispatcher/pipeline_cache.h"

namespace eventreactor::dispatcher {

// The durable consumer that all dispatchers share, on each stream.
inline constexpr char kDurable[] = "dispatcher";

// The workers of one stream: so many create, and as many conclude.
struct Crew {
  std::string stream;
  Dispatcher& dispatcher;
  int workers = 1;
};

// Thread-safe.
class WorkerPool {
 public:
  // Starts the workers. `batch` is the most that one takes at once. All
  // parameters outlive it.
  WorkerPool(bus::Bus& bus, PipelineCache& cache, AdapterGate& gate, std::vector<Crew> crews,
             int batch);
  // As Stop, and waits for as long as it takes.
  ~WorkerPool();

  // True while every worker has its consumer.
  bool Attached() const;

  // Takes nothing more; waits up to `drain` for what is under way. False if
  // some of it still is; what nobody has in hand then is given back.
  bool Stop(absl::Duration drain);

 private:
  void Spawn(std::function<void()> work);
  void Create(const Crew& crew, Backlog& backlog);
  void TakeMessages(const Crew& crew, Backlog& backlog);
  static void Conclude(const Crew& crew, Backlog& backlog, bool steady);
  // Waits; true if it is time to stop.
  bool Pause(absl::Duration time);

  bus::Bus& bus_;
  PipelineCache& cache_;
  AdapterGate& gate_;
  const std::vector<Crew> crews_;
  const int batch_;
  // Of each crew.
  std::vector<std::unique_ptr<Backlog>> backlogs_;
  int creators_ = 0;

  mutable std::mutex mutex_;
  std::condition_variable changed_;
  bool stopping_ = false;
  int attached_ = 0;
  int running_ = 0;
  std::vector<std::thread> threads_;
};

}  // namespace eventreactor::dispatcher
