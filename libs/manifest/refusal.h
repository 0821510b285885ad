// How a JSON value that does not fit is refused.
#pragma once

#include <nlohmann/json_fwd.hpp>
#include <string>
#include <vector>

#include "absl/status/status.h"

namespace eventreactor::manifest {

// The value as JSON, cut at 64 bytes.
std::string Shown(const nlohmann::json& value);

// WRONG_TYPE: "<path>: expected <what>, got <value>".
absl::Status Expected(const std::string& path, const std::string& what,
                      const nlohmann::json& value);

// UNKNOWN_FIELD: with the known name that is close, or all of them where they
// are few.
absl::Status Unknown(const std::string& path, const std::string& name,
                     const std::vector<std::string>& known);

// WRONG_TYPE unless `text`, a key or value at `path`, is UTF-8.
absl::Status CheckUtf8(const std::string& path, const std::string& text);

}  // namespace eventreactor::manifest
