// The Build (build.knative.dev/v1alpha1) that runs an Action, for a build
// controller to make a Pod of, and the ConfigMaps that bring it its Event.
// Pure.
//
// The controller mounts /workspace and HOME, fetches sources, brings the
// credentials of the ServiceAccount and ends the Build at its timeout. What it
// does not know of is added: ER_* for each container, and a first step that
// writes the Event's files. So the files are there for the steps, not yet for
// the sources.
#pragma once

#include <nlohmann/json.hpp>
#include <vector>

#include "absl/status/statusor.h"
#include "eventreactor/v1/action.pb.h"
#include "eventreactor/v1/event.pb.h"
#include "services/kube-adapter/kube/resource.h"
#include "services/kube-adapter/pod/pod_tool.h"

namespace eventreactor::kube {

Resource Builds();

// The step of ours, and its container in the Pod.
inline constexpr char kEventStep[] = "eventreactor-event-files";

struct BuildPlan {
  nlohmann::json build;
  // v1 ConfigMaps that its Pod mounts: to be created first.
  std::vector<nlohmann::json> config_maps;
};

// A template has been applied already, so that a Build is the same whatever
// becomes of its template. INVALID_ARGUMENT naming the field if the Action
// cannot run as it is.
absl::StatusOr<BuildPlan> PlanBuild(const v1::Action& action, const v1::Event& event,
                                    const PodTool& tool);

}  // namespace eventreactor::kube
