// What went wrong, in words; nothing where all went well.
//
// This program is linked statically, for an image with little else, and its
// errors are for a log: absl::Status, which Debian has as shared libraries
// here, stays out.
#pragma once

#include <optional>
#include <string>

namespace eventreactor::tool {

using Fault = std::optional<std::string>;

// "what: <errno's words>".
Fault SystemFault(const std::string& what, int error);

}  // namespace eventreactor::tool
