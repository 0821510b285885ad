// What --help, `reactorctl help` and the man pages say of all commands.
#pragma once

#include <CLI/CLI.hpp>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "cli/command_line.h"

namespace eventreactor::cli {

struct Topic {
  std::string name;
  std::string title;
  std::string text;
};
const std::vector<Topic>& Topics();

// The end of `reactorctl --help`.
std::string GlobalFooter();

void AddHelp(CLI::App& app, Session& session);

}  // namespace eventreactor::cli
