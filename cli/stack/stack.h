// A stack from the decision to start it to its last process's end: what `up`
// prepares and supervises, and what `down` stops.
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "cli/stack/record.h"
#include "cli/stack/services.h"

namespace eventreactor::stack {

// What `up` was asked for; nothing where it was not.
struct UpOptions {
  std::optional<int> base_port;
  // Not what it was the last time: a stack is never open because it once was.
  std::string bind = kLoopback;
  std::string bind_grpc = kLoopback;
  std::string engine;
  std::optional<int> max_running;
  std::string nats_server;
};

using Say = std::function<void(const std::string&)>;

// A stack that this process alone may run, with all its files in place.
class PreparedStack {
 public:
  // Takes the lock, ends what a killed supervisor left behind, chooses ports
  // and engine, writes tokens and configuration. Asked for no base port, it
  // takes that of the last time. Errors: LOCKED if the stack is running;
  // PORT_IN_USE, NO_ENGINE, PROGRAM_NOT_FOUND in words.
  static absl::StatusOr<PreparedStack> Prepare(const Layout& layout, const UpOptions& options,
                                               const Say& say);

  const Record& record() const { return record_; }

  // Runs the processes until a signal asks to stop, keeping stack.json. An
  // error is Supervisor::Run's.
  absl::Status Run(const Say& say);

 private:
  PreparedStack(Lock lock, StackPlan plan, Record record)
      : lock_(std::move(lock)), plan_(std::move(plan)), record_(std::move(record)) {}
  Lock lock_;
  StackPlan plan_;
  Record record_;
};

// Stops the supervisor, then whatever it may have left; returns when all is
// gone. OK if nothing runs. DEADLINE_EXCEEDED after `timeout`, with the stack
// still stopping.
absl::Status Stop(const Layout& layout, absl::Duration timeout, const Say& say);

}  // namespace eventreactor::stack
