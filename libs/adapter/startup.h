// What must be there before the adapter serves: the bus's streams, and the
// list of what is not dispatched yet.
#pragma once

#include <condition_variable>
#include <functional>
#include <mutex>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/time/time.h"

namespace eventreactor {

// Takes its steps in order, each again and again until it succeeds, on a
// thread of its own; then calls `done`.
class Startup {
 public:
  struct Step {
    // For the log: "the bus's streams".
    std::string what;
    std::function<absl::Status()> attempt;
  };

  Startup(std::vector<Step> steps, absl::Duration retry, std::function<void()> done);
  // As Stop.
  ~Startup();
  Startup(const Startup&) = delete;
  Startup& operator=(const Startup&) = delete;

  // Gives up. Repeatable; `done` is not called after it returned.
  void Stop();

 private:
  void Run();

  const std::vector<Step> steps_;
  const absl::Duration retry_;
  const std::function<void()> done_;
  std::mutex mutex_;
  std::condition_variable stop_;
  bool stopping_ = false;
  std::thread thread_;
};

}  // namespace eventreactor
