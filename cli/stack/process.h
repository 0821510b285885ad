// Child processes that cannot outlive us unnoticed, and what the kernel knows
// of any process. A process is named by its id and its start time, so that a
// reused id is never taken for it.
//
// Thread-safety: the functions may be called from any thread, but a child
// with `die_with_parent` dies with the *thread* that spawned it.
#pragma once

#include <sys/types.h>

#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"

namespace eventreactor::stack {

struct ProcessId {
  // 0: none.
  pid_t pid = 0;
  // Clock ticks since boot, as /proc/PID/stat has it.
  uint64_t start_ticks = 0;

  friend bool operator==(const ProcessId&, const ProcessId&) = default;
};

struct Command {
  // The program's path, then its arguments.
  std::vector<std::string> argv;
  // Set over our own environment.
  std::vector<std::pair<std::string, std::string>> environment;
  // Appended to with stdout and stderr; created with mode 0600.
  std::string log;
  // The same for stderr alone; empty: it goes to `log`.
  std::string error_log;
  // SIGTERM when the spawning thread ends, however it does.
  bool die_with_parent = true;
  // Files of the child are for its owner only, whatever it asks for.
  bool private_files = true;
};

// Starts the program in a session of its own (a Ctrl-C on our terminal is not
// its), with no signals blocked and /dev/null as stdin. An error says why it
// could not be executed.
absl::StatusOr<ProcessId> Spawn(const Command& command);

// NOT_FOUND if there is no such process.
absl::StatusOr<ProcessId> Identify(pid_t pid);

// False also for a zombie, and for another process of the same id.
bool IsAlive(const ProcessId& process);

// Sends the signal if it is alive.
void Signal(const ProcessId& process, int signal);

// Sends SIGTERM, after `grace` SIGKILL, and returns when it is gone. For
// processes that are not our children.
void Terminate(const ProcessId& process, absl::Duration grace);

// How long it has been running; zero if it is not.
absl::Duration Uptime(const ProcessId& process);

// Its proportional share of memory in bytes; 0 where that is not to be read.
int64_t ProportionalMemory(const ProcessId& process);

// How a process ended, in words: "exited 1", "killed by signal 9 (Killed)".
std::string DescribeEnd(int wait_status);

// Differs after each start of the machine.
std::string BootId();

// The first executable file of that name: in `directories`, then on PATH.
// Empty if there is none.
std::string FindProgram(const std::string& name, const std::vector<std::string>& directories);

// The directory that our own executable is in.
std::string OwnDirectory();

}  // namespace eventreactor::stack
