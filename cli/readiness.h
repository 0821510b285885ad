// Whether the processes of a stack are ready, asked of the processes
// themselves.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/time/time.h"
#include "cli/stack/layout.h"
#include "cli/stack/record.h"

namespace eventreactor::cli {

struct Health {
  std::string name;
  bool ready = false;
  // Why not, in words.
  std::string reason;
};

// One answer per process, in the order of their start; asks each for at most
// a second.
std::vector<Health> AskHealth(const stack::Record& record);

// Returns when all processes of the stack are ready; tells `say` of each that
// is. Gives up with an error that holds the end of a log
//   - when a process ended five times in a row before it was ready: FAILED_PRECONDITION
//   - after `timeout`: DEADLINE_EXCEEDED
//   - when `go_on` says no: CANCELLED
absl::Status AwaitReady(const stack::Layout& layout, absl::Duration timeout,
                        const std::function<bool()>& go_on,
                        const std::function<void(const std::string&)>& say);

}  // namespace eventreactor::cli
