// Where contexts are kept: one file, for its owner only.
#pragma once

#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "cli/context/context.h"

namespace eventreactor::cli {

// $XDG_CONFIG_HOME/eventreactor/config.yaml, or ~/.config/eventreactor/...
// FAILED_PRECONDITION (NO_CONFIG_DIR) if the environment names no home.
absl::StatusOr<std::string> ContextFilePath();

// Without a file there are no contexts. An error names the file.
absl::StatusOr<Contexts> ReadContexts(const std::string& path);

// Mode 0600, replaced as a whole; makes the directory.
absl::Status WriteContexts(const std::string& path, const Contexts& contexts);

}  // namespace eventreactor::cli
