// The Actions of all namespaces that have not ended.
#pragma once

#include <vector>

#include "absl/status/statusor.h"
#include "cli/client.h"
#include "eventreactor/v1/action.pb.h"

namespace eventreactor::cli {

absl::StatusOr<std::vector<v1::Action>> UnfinishedActions(const Client& client);

// The containers of an Action that run now, by their names.
std::vector<std::string> RunningSteps(const v1::Action& action);

}  // namespace eventreactor::cli
