// What a Pod's status tells of the run of its Action, in words that help.
// Pure: the inverse of PlanPod.
#pragma once

#include <nlohmann/json_fwd.hpp>

#include "libs/domain/run.h"
#include "services/kube-adapter/pod/sighting.h"

namespace eventreactor::kube {

// Steps in the Pod's order, what is waited for, and the result as soon as it
// is certain: every step exited 0, one did not, an image's name is invalid,
// or the Pod was ended, evicted, deleted or lost. Log tails are left to the
// caller, who holds the result back until the logs are stored. Fields that
// are missing or of another type are as if they were not there.
Observation ObservePod(const nlohmann::json& pod, const Sighting& sighting);

}  // namespace eventreactor::kube
