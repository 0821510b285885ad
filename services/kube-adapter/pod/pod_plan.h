// The Pod that runs an Action, and the ConfigMaps that bring it its Event:
// decided from Action, Event and the namespace's rules alone. Pure.
//
// One init container after the other: event-files, credentials if there are
// any, sources, steps. The main container does nothing, so that the Pod ends
// as its init containers did. docs/decisions/0009 says why it is so.
#pragma once

#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "eventreactor/v1/action.pb.h"
#include "eventreactor/v1/event.pb.h"
#include "libs/domain/build_credentials.h"
#include "libs/domain/build_sources.h"
#include "services/kube-adapter/pod/pod_security.h"
#include "services/kube-adapter/pod/pod_tool.h"

namespace eventreactor::kube {

struct PodOptions {
  PodTool tool;
  // As kDefaultGcsImage.
  std::string gcs_image = kDefaultGcsImage;
  // The Pod ends by itself this long after the Action's timeout: for the case
  // that nobody is there to end it in time.
  absl::Duration deadline_slack = absl::Minutes(5);
  // Between SIGTERM and SIGKILL. Whole seconds.
  absl::Duration grace = absl::Seconds(10);
};

// What the Action's namespace adds.
struct PodSurroundings {
  PodSecurity security = PodSecurity::kUnrestricted;
  // Of the ServiceAccount, in its order.
  std::vector<SecretInfo> secrets;
};

struct PodPlan {
  // v1 Pod.
  nlohmann::json pod;
  // v1 ConfigMaps that the Pod mounts: to be created first.
  std::vector<nlohmann::json> config_maps;
};

// A template has been applied already. INVALID_ARGUMENT naming the field if
// the Action cannot run as it is.
absl::StatusOr<PodPlan> PlanPod(const v1::Action& action, const v1::Event& event,
                                const PodSurroundings& surroundings, const PodOptions& options);

}  // namespace eventreactor::kube
