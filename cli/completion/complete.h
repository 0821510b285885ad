// `reactorctl completion SHELL`, and what its scripts ask: `reactorctl
// __complete WORD...`.
#pragma once

#include <CLI/CLI.hpp>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "cli/command_line.h"

namespace eventreactor::cli {

// The first word of the line that asks for candidates; the rest is the line.
inline constexpr char kCompleteWord[] = "__complete";

// Prints the candidates, one a line, with a tab and what they are; the last
// line is :none, :files, :directories or :nospace, for the shell. Never fails
// and never takes long: an Event Reactor that does not answer has no names.
void Complete(const CLI::App& app, const std::vector<std::string>& words);

void AddCompletion(CLI::App& app, Session& session);

// INVALID_ARGUMENT (USAGE) for a shell that is not known.
absl::StatusOr<std::string> CompletionScript(const std::string& shell);

}  // namespace eventreactor::cli
