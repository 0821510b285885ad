// Which Event Reactor a command talks to: --data-dir, --context, then
// EVENTREACTOR_DATA_DIR and EVENTREACTOR_CONTEXT, then the current context,
// then the default stack on this machine.
#pragma once

#include <optional>
#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "cli/context/context.h"

namespace eventreactor::cli {

// What every command knows.
struct Globals {
  std::string ns = "default";
  // Whether the user named a namespace.
  bool ns_given = false;
  // --data-dir; empty: not given.
  std::string data_dir;
  // --context; empty: not given.
  std::string context;
  // The context in effect; nothing: the stack of data_dir, or the default one.
  std::optional<Context> chosen;
  // --timeout; nothing: each command's own default.
  std::optional<absl::Duration> timeout;

  // For proposed commands: the flags that name the same Event Reactor, with a
  // space in front.
  std::string TargetFlag() const;
};

// Takes data_dir and context from the environment where no flag gives either.
// INVALID_ARGUMENT (USAGE) if flags give both.
absl::Status TakeEnvironment(Globals& globals);

// Looks the context up where one is in effect, and takes its namespace where
// the user named none. NOT_FOUND (NO_CONTEXT).
absl::Status ChooseContext(Globals& globals);

// The data directory of the stack on this machine that is in effect; empty:
// the default one. FAILED_PRECONDITION (NO_STACK_HERE) if a context is in
// effect that leads elsewhere.
absl::StatusOr<std::string> StackDirectory(const Globals& globals);

}  // namespace eventreactor::cli
