// What a run shows of itself: written by its thread, read by anyone.
#pragma once

#include <functional>
#include <mutex>
#include <string>
#include <vector>

#include "libs/domain/run.h"
#include "services/local-adapter/engine_port.h"

namespace eventreactor::local {

// Thread-safe. `changed` is called after each change, without a lock held.
class RunBoard {
 public:
  RunBoard(std::string place, const std::vector<std::string>& steps, std::function<void()> changed);

  Observation Read() const;

  // Both empty: waits for nothing.
  void Waits(const std::string& reason, const std::string& message);
  // Infinite past: it goes on. What it waits for stays.
  void Rests(absl::Time until);
  void StepStarted(size_t step, const ContainerState& state);
  // `reason` as in StepTerminated.
  void StepEnded(size_t step, const ContainerState& state, const std::string& reason,
                 const std::string& message, const std::string& tail);
  void Ended(const RunResult& result);

 private:
  void Change(const std::function<void(Observation&)>& change);

  const std::function<void()> changed_;
  mutable std::mutex mutex_;
  Observation observation_;
};

}  // namespace eventreactor::local
