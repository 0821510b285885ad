// reactorctl: parses the command line, runs the command, shows its error.
#include <csignal>
#include <cstdio>

#include "cli/command_line.h"
#include "cli/errors.h"

int main(int argc, char** argv) {
  using namespace eventreactor::cli;  // NOLINT(google-build-using-namespace)
  // A reader that went away is an error of the write, not our end.
  std::signal(SIGPIPE, SIG_IGN);
  Session session;
  const auto app = MakeCommandLine(session);
  const Parsed parsed = Parse(*app, session, argc, argv);
  if (!parsed.go_on) return parsed.exit_code;
  absl::StatusOr<int> exit_code = kOk;
  if (session.needs_context) {
    const absl::Status chosen = ChooseContext(session.globals);
    if (!chosen.ok()) exit_code = chosen;
  }
  if (exit_code.ok()) exit_code = session.run();
  if (exit_code.ok()) return *exit_code;
  std::fputs(ErrorText(exit_code.status(), session.globals.TargetFlag()).c_str(), stderr);
  return ExitCodeOf(exit_code.status());
}
