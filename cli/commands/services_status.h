// How the services of an Event Reactor are that is not a stack on this
// machine: what they say themselves.
#pragma once

#include "absl/status/statusor.h"
#include "cli/client.h"
#include "cli/output.h"

namespace eventreactor::cli {

// Prints it; kFailure if one of them is not ready.
absl::StatusOr<int> StatusOfServices(const Globals& globals, Format format);

}  // namespace eventreactor::cli
