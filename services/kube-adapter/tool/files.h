// Files and directories, whole.
#pragma once

#include <optional>
#include <string>

#include "services/kube-adapter/tool/fault.h"

namespace eventreactor::tool {

// Everything up to `max_bytes`; a larger file is a fault.
Fault ReadFile(const std::string& path, size_t max_bytes, std::string& data);

// Replaces the file. Its mode is `mode`, whatever the umask and whatever was
// there before.
Fault WriteFile(const std::string& path, const std::string& data, int mode);

// With those above it, where they are missing, of that mode; a symbolic link
// in the last place is a fault.
Fault MakeDirectories(const std::string& path, int mode);

}  // namespace eventreactor::tool
