// Sweeps again and again, and knows whether the adapter answers.
#pragma once

#include <condition_variable>
#include <functional>
#include <mutex>
#include <thread>

#include "absl/time/time.h"
#include "services/janitor/adapter.h"
#include "services/janitor/sweep.h"

namespace eventreactor::janitor {

// When the next sweep begins, after one that ended like this. Pure.
absl::Duration UntilNextSweep(const absl::Status& status, bool partial, absl::Duration interval);

class SweepLoop {
 public:
  struct Options {
    absl::Duration interval;
    // Between looks at whether the adapter answers: until it does, and after.
    absl::Duration look_first = absl::Milliseconds(250);
    absl::Duration look_again = absl::Seconds(5);
    // Told after each look.
    std::function<void(bool)> serving;
  };
  // The first sweep begins when the adapter answers. Both outlive it.
  SweepLoop(Adapter& adapter, Sweeper& sweeper, Options options);
  // Ends between two calls to the adapter.
  ~SweepLoop();
  SweepLoop(const SweepLoop&) = delete;
  SweepLoop& operator=(const SweepLoop&) = delete;

 private:
  void Look();
  void Run();
  // False if it is to end.
  bool Sleep(absl::Duration duration);
  bool Stopping();

  Adapter& adapter_;
  Sweeper& sweeper_;
  const Options options_;
  std::mutex mutex_;
  std::condition_variable changed_;
  bool stopping_ = false;
  bool answered_ = false;
  std::thread looks_;
  std::thread sweeps_;
};

}  // namespace eventreactor::janitor
