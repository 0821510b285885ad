// Sees to it that a container's image is there.
#pragma once

#include "absl/status/status.h"
#include "services/local-adapter/container_context.h"
#include "services/local-adapter/container_plan.h"

namespace eventreactor::local {

// Pulls once as the policy says. OK when it is there; INVALID_ARGUMENT if the
// engine calls the name wrong; UNAVAILABLE (IMAGE_MISSING), having said why, if
// it may yet appear and should be tried again; CANCELLED once the run was asked
// to end.
absl::Status EnsureImage(const RunContext& context, const PlannedContainer& container);
inline constexpr char kImageMissing[] = "IMAGE_MISSING";

}  // namespace eventreactor::local
