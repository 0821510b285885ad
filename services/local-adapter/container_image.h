// Sees to it that a container's image is there.
#pragma once

#include "absl/status/status.h"
#include "services/local-adapter/container_context.h"
#include "services/local-adapter/container_plan.h"

namespace eventreactor::local {

// Pulls as the policy says, and tries again for as long as it takes, saying
// so: an image may yet appear. OK when it is there; INVALID_ARGUMENT if the
// engine calls the name wrong; CANCELLED once the run was asked to end.
absl::Status EnsureImage(const RunContext& context, const PlannedContainer& container);

}  // namespace eventreactor::local
