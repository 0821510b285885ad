// Brings every Action to its end: the threads that take the steps of
// action_steps.h. Woken by changes of Actions and Events, by the executor, and
// by the clock.
#pragma once

#include <condition_variable>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

#include "absl/status/status.h"
#include "absl/time/time.h"
#include "libs/adapter/action_steps.h"

namespace eventreactor {

class ActionReconciler {
 public:
  using Options = ActionSteps::Options;
  using Ports = ActionSteps::Ports;

  ActionReconciler(const Ports& ports, Options options);
  // As Stop.
  ~ActionReconciler();
  ActionReconciler(const ActionReconciler&) = delete;
  ActionReconciler& operator=(const ActionReconciler&) = delete;

  // Lists what is not dispatched, and begins: where slots are not scarce, with
  // the first page of it. After an error: call it again.
  absl::Status Start();

  // Ends all threads, and leaves the containers running. Repeatable.
  void Stop();

 private:
  // Begins all the work, after these versions of Actions and Events; once.
  void BeginAt(const std::string& actions, const std::string& events);
  // Until Stop, again and again from where the last one broke off.
  using Following = absl::Status (ActionSteps::*)(std::string& version);
  void Follow(Following following, std::string version);
  void Work();
  void Sweep();
  bool SleepUnlessStopped(absl::Duration duration);

  Executor& executor_;
  ActionSteps steps_;
  std::vector<std::thread> threads_;

  std::mutex mutex_;
  std::condition_variable stopped_;
};

}  // namespace eventreactor
