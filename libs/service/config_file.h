// The YAML form of a process's options.
#pragma once

#include <string>
#include <vector>

#include "absl/status/statusor.h"

namespace eventreactor::service {

// One key of the file.
struct ConfigEntry {
  std::string key;
  // One value, or those of a list.
  std::vector<std::string> values;
  bool is_list = false;
  // "FILE:LINE", for messages.
  std::string origin;
};

// A flat map of keys to scalars or lists of scalars; an empty file is an
// empty map. INVALID_ARGUMENT (BAD_CONFIG_FILE) names file and line.
absl::StatusOr<std::vector<ConfigEntry>> ReadConfigFile(const std::string& path);

}  // namespace eventreactor::service
