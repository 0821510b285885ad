// Keeps child processes running until it is told to stop, then stops them in
// order. One thread, one loop: wait for a signal or the next moment something
// is due, then look at every child.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/time/time.h"
#include "cli/stack/backoff.h"
#include "cli/stack/process.h"
#include "cli/stack/record.h"

namespace eventreactor::stack {

struct Child {
  std::string name;
  Command command;
  // How long it may take to end after SIGTERM before it is killed.
  absl::Duration grace = absl::Seconds(15);
  // Whether it does its work, for one that may hang or give up without ending.
  // UNAVAILABLE: not now, which while it starts is as it should be. Any other
  // error: it hangs. Must answer within seconds: nothing else is looked after
  // meanwhile.
  std::function<absl::Status()> check = nullptr;
  // The exit status by which it says that it cannot work as it is told to, in
  // one line in its log: then starting it again helps nobody.
  std::optional<int> usage_status = std::nullopt;
};

class Supervisor {
 public:
  struct Options {
    // Called after each start and end with the state of all children.
    std::function<void(const std::vector<ProcessRecord>&)> changed = [](const auto&) {};
    // One line for people.
    std::function<void(const std::string&)> say = [](const auto&) {};
    // Log files kept within bounds, beside the children's own.
    std::vector<std::string> more_logs;
    int64_t max_log_bytes = int64_t{8} << 20;
    // How often logs and children are looked at.
    absl::Duration look_every = absl::Seconds(10);
    // A second signal before this is taken for the first: a shell may send it
    // to the process and to its group.
    absl::Duration haste_after = absl::Seconds(1);
  };

  // `children` in the order of their start; they stop in the reverse order.
  Supervisor(std::vector<Child> children, Options options);

  // Blocks the signals that Run waits for, in this thread and all that it
  // starts from now on. Call before any other thread exists.
  static void BlockSignals();

  // Starts the children, starts again those that end, kills those whose check
  // fails three times in a row (see Child), and returns after SIGTERM,
  // SIGINT or SIGHUP, when all have ended. A second such signal, some time
  // later, kills what is still ending. Call from the main thread: the children
  // die with it.
  //
  // FAILED_PRECONDITION (CANNOT_WORK), when all have ended, if a child's first
  // run ended with its usage_status; the message has the child's own words. One
  // that worked before is started again: what changed may be changed back.
  absl::Status Run();

 private:
  struct Slot {
    Child child;
    ProcessRecord record;
    Backoff backoff;
    absl::Time started = absl::InfinitePast();
    absl::Time due = absl::InfinitePast();
    // The size of its log at its start.
    int64_t log_begin = 0;
    // Of the checks since its start.
    bool was_well = false;
    int failed_in_a_row = 0;
    bool running() const { return record.process.pid != 0; }
  };

  void StartDue();
  absl::Status Reap();
  // OK, or why none of them is of any use.
  absl::Status ReapOne(Slot& slot);
  static absl::Status CannotWork(const Slot& slot);
  void RestartLater(Slot& slot, const std::string& end);
  void Stop(Slot& slot);
  void RotateLogs() const;
  void Check(Slot& slot) const;
  absl::Time NextDue() const;
  void Publish() const;

  std::vector<Slot> slots_;
  Options options_;
  absl::Time asked_to_stop_ = absl::InfiniteFuture();
  bool in_haste_ = false;
};

}  // namespace eventreactor::stack
