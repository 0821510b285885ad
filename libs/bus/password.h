// The credentials of the bus's user.
#pragma once

#include <string>

#include "absl/status/statusor.h"

namespace eventreactor::bus {

// The first line of the file without its end; "" for no path. A password
// that CanConnectWith refuses is an error.
absl::StatusOr<std::string> ReadPassword(const std::string& path);

// False for quotes, backslashes and control characters, which the NATS
// library puts into its JSON as they are.
bool CanConnectWith(const std::string& text);

}  // namespace eventreactor::bus
