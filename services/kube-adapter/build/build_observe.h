// What a Build's status tells of the run of its Action. Pure: the inverse of
// PlanBuild.
//
// A build controller writes the condition Succeeded, the states of the steps
// in their order, without names, and the Pod's name. The last one that was
// published never sets completionTime; it is not read.
#pragma once

#include <nlohmann/json_fwd.hpp>
#include <optional>
#include <string>

#include "absl/time/time.h"
#include "libs/domain/run.h"
#include "services/kube-adapter/pod/sighting.h"

namespace eventreactor::kube {

// The steps' names, what is asked of it, and its status: all that is read of
// a Build below.
void TrimBuild(nlohmann::json& build);

// As ObservePod. Sources are not told of by a Build.
Observation ObserveBuild(const nlohmann::json& build, const Sighting& sighting);

// The Pod that the controller has made of it; empty: none yet.
std::string PodOfBuild(const nlohmann::json& build);

// See ChildKind::end: spec.status BuildCancelled; a Build that no controller
// has taken is deleted.
std::optional<nlohmann::json> EndBuild(const nlohmann::json& build, absl::Time now);

}  // namespace eventreactor::kube
