// The command line: global flags, one function per noun that adds its
// commands, and what they share.
#pragma once

#include <CLI/CLI.hpp>
#include <functional>
#include <memory>
#include <string>

#include "absl/status/statusor.h"
#include "cli/client.h"
#include "cli/output.h"

namespace eventreactor::cli {

// What the command line asks for, once it is parsed.
struct Session {
  Globals globals;
  // Whether the command talks to an Event Reactor, and not of them.
  bool needs_context = true;
  // The chosen command: its exit code, or an error to show.
  std::function<absl::StatusOr<int>()> run;
};

// The whole grammar. `session` is filled by parsing and must outlive the app.
std::unique_ptr<CLI::App> MakeCommandLine(Session& session);

// Parses; 0 or the exit code of a command line that asks for help or cannot
// be understood, which was printed.
struct Parsed {
  bool go_on = false;
  int exit_code = 0;
};
Parsed Parse(CLI::App& app, Session& session, int argc, const char* const* argv);

// The nouns.
void AddUp(CLI::App& app, Session& session);
void AddDown(CLI::App& app, Session& session);
void AddStatus(CLI::App& app, Session& session);
void AddApplyAndDelete(CLI::App& app, Session& session);
void AddPipelines(CLI::App& app, Session& session);
void AddEvents(CLI::App& app, Session& session);
void AddActions(CLI::App& app, Session& session);
void AddDocuments(CLI::App& app, Session& session);
void AddDead(CLI::App& app, Session& session);
void AddSweep(CLI::App& app, Session& session);
void AddConfig(CLI::App& app, Session& session);

// A command under `parent`. `examples`: lines shown at the end of its help.
CLI::App* AddCommand(CLI::App& parent, const std::string& name, const std::string& description,
                     const std::string& examples);

// -o json|yaml|name (without name where there is none).
void AddOutput(CLI::App& command, Format& format, bool has_names = true);
// -o json|yaml|jsonpath=TEMPLATE, and name or wide where the command has them.
struct OutputKinds {
  bool name = true;
  bool wide = false;
};
void AddOutput(CLI::App& command, Output& output, OutputKinds kinds);
// -A/--all-namespaces.
void AddAllNamespaces(CLI::App& command, bool& all);
// An option that takes a duration such as 90s or 1h30m.
CLI::Option* AddDuration(CLI::App& command, const std::string& names,
                         std::optional<absl::Duration>& value, const std::string& description);

// An error in the command line that only the command itself can see.
absl::Status UsageError(const std::string& message);

}  // namespace eventreactor::cli
