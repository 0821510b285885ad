// Objects that belong to an Action, made so that making them may be repeated.
#pragma once

#include <nlohmann/json_fwd.hpp>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "services/kube-adapter/kube/api.h"
#include "services/kube-adapter/kube/resource.h"

namespace eventreactor::kube {

// Creates `object`; OK also if the Action has it already. INVALID_ARGUMENT if
// there is another's of that name.
absl::Status CreateChild(Api& api, const Resource& resource, const nlohmann::json& object,
                         const std::string& action_uid);

// Creates the ConfigMaps and then `object`, which mounts them. Where that is
// refused for good, the ConfigMaps are removed again as far as it goes.
absl::Status CreateChildren(Api& api, const std::vector<nlohmann::json>& config_maps,
                            const Resource& resource, const nlohmann::json& object,
                            const std::string& action_uid);

}  // namespace eventreactor::kube
