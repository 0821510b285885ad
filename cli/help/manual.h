// Man pages, made from the same grammar as --help.
#pragma once

#include <CLI/CLI.hpp>
#include <map>
#include <string>

#include "absl/status/status.h"

namespace eventreactor::cli {

// The first word of the line that writes the pages; the next one is where.
inline constexpr char kManualWord[] = "__manual";

// File names such as reactorctl-events-list.1, and their text. Pure.
std::map<std::string, std::string> ManualPages(const CLI::App& app, const std::string& version);

// Writes them into a directory, which is made. BAD_FILE.
absl::Status WriteManual(CLI::App& app, const std::string& directory);

}  // namespace eventreactor::cli
