// A bounded number of threads that store the logs of Pods, one Pod each at a
// time; the others wait in line, and keep their logs on their nodes.
#pragma once

#include <condition_variable>
#include <deque>
#include <functional>
#include <memory>
#include <mutex>
#include <thread>
#include <vector>

#include "services/kube-adapter/executor/child_run.h"

namespace eventreactor::kube {

// Thread-safe.
class LogCrew {
 public:
  using Job = std::function<void(ChildRun& run)>;
  // At most `most` threads, made as they are needed.
  LogCrew(size_t most, Job job);
  // Abandons what is waiting and under way.
  ~LogCrew();
  LogCrew(const LogCrew&) = delete;
  LogCrew& operator=(const LogCrew&) = delete;

  void Add(std::shared_ptr<ChildRun> run);

 private:
  void Work();

  const size_t most_;
  const Job job_;
  std::mutex mutex_;
  std::condition_variable added_;
  bool stopping_ = false;
  size_t idle_ = 0;
  std::deque<std::shared_ptr<ChildRun>> line_;
  std::vector<std::shared_ptr<ChildRun>> under_way_;
  std::vector<std::thread> threads_;
};

}  // namespace eventreactor::kube
