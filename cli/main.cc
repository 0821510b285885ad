// reactorctl: parses the command line, runs the command, shows its error.
#include <csignal>
#include <cstdio>
#include <string>
#include <vector>

#include "cli/command_line.h"
#include "cli/completion/complete.h"
#include "cli/errors.h"
#include "cli/help/manual.h"

int main(int argc, char** argv) {
  using namespace eventreactor::cli;  // NOLINT(google-build-using-namespace)
  // A reader that went away is an error of the write, not our end.
  std::signal(SIGPIPE, SIG_IGN);
  Session session;
  const auto app = MakeCommandLine(session);
  const std::vector<std::string> words(argv + 1, argv + argc);
  // What the shells' completion and the installation ask; no user does.
  if (!words.empty() && words.front() == kCompleteWord) {
    Complete(*app, {words.begin() + 1, words.end()});
    return kOk;
  }
  if (words.size() == 2 && words.front() == kManualWord) {
    const absl::Status written = WriteManual(*app, words[1]);
    if (written.ok()) return kOk;
    std::fputs(ErrorText(written, "").c_str(), stderr);
    return kFailure;
  }
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
