// Puts into a container, before it starts, what it has to find there.
#pragma once

#include <string>

#include "absl/status/status.h"
#include "services/local-adapter/container_context.h"
#include "services/local-adapter/container_plan.h"

namespace eventreactor::local {

// Repeatable. FAILED_PRECONDITION (NO_TOOL) if the tool program is needed and
// is not on this machine.
absl::Status PutFiles(const RunContext& context, const PlannedContainer& planned,
                      const std::string& container);

}  // namespace eventreactor::local
