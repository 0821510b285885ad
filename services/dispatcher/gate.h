// Whether it makes sense to take work: closed while the adapter does not
// answer, so that an outage costs no redeliveries. Thread-safe.
#pragma once

#include <condition_variable>
#include <functional>
#include <mutex>

#include "absl/status/status.h"

namespace eventreactor::dispatcher {

// UNAVAILABLE and DEADLINE_EXCEEDED: nobody answers.
bool IsAway(const absl::Status& status);

class AdapterGate {
 public:
  // `knock` is a cheap call to the adapter.
  explicit AdapterGate(std::function<absl::Status()> knock) : knock_(std::move(knock)) {}

  bool open() const;

  // What a call to the adapter answered: closes the gate if it is away.
  void Report(const absl::Status& status);

  // Returns when the gate is open or Stop was called; false for the latter.
  // While it is closed, one of those that wait knocks, with backoff.
  bool Wait();
  // Knocks once, and opens it if there is an answer.
  void Knock();

  void Stop();

 private:
  const std::function<absl::Status()> knock_;
  mutable std::mutex mutex_;
  std::condition_variable changed_;
  bool open_ = true;
  bool knocking_ = false;
  bool stopping_ = false;
};

}  // namespace eventreactor::dispatcher
