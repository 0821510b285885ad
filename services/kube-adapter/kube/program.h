// Runs a program to its end, with bounds on what it prints and how long it
// takes.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/time/time.h"

namespace eventreactor::kube {

struct Program {
  // A path with a slash, or a name to be looked for in PATH.
  std::string command{};
  std::vector<std::string> args{};
  // Beside this process' environment, and before it.
  std::map<std::string, std::string> env{};
  absl::Duration timeout = absl::Seconds(60);
};

struct ProgramEnd {
  // That of exit; 128 + N where signal N ended it.
  int exit_code = 0;
  std::string output{};
  // The beginning of what it said on stderr.
  std::string complaint{};
};

// NOT_FOUND (NO_SUCH_PROGRAM), DEADLINE_EXCEEDED (PROGRAM_TOO_SLOW: it and all
// it started are killed), RESOURCE_EXHAUSTED (PROGRAM_TOO_TALKATIVE) beyond
// 1 MiB. Its standard input is empty; it inherits no other file and no
// blocked signal.
absl::StatusOr<ProgramEnd> RunProgram(const Program& program);

}  // namespace eventreactor::kube
