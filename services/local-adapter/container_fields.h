// One Kubernetes Container of a manifest, read field by field: what it means
// here is taken, what means nothing on one machine is passed over, what would
// change the meaning is refused by name. Pure.
//
// Passed over: imagePullPolicy's default for :latest, resources.requests,
// terminationMessagePath, terminationMessagePolicy, probes, and ports without
// a hostPort (which Kubernetes calls informational).
#pragma once

#include <google/protobuf/struct.pb.h>

#include <string>

#include "absl/status/statusor.h"
#include "services/local-adapter/container_env.h"
#include "services/local-adapter/container_plan.h"
#include "services/local-adapter/container_volumes.h"
#include "services/local-adapter/run_documents.h"

namespace eventreactor::local {

// What a container may refer to.
struct ContainerSurroundings {
  const PlanOptions& options;
  const DocumentSet& documents;
  // Told of its mounts.
  VolumePlan& volumes;
};

// The container with `environment` before its own env, in which $(NAME) is
// expanded as in command and args. `step` is left empty. INVALID_ARGUMENT
// with the field's path within the container.
absl::StatusOr<PlannedContainer> ReadContainer(const google::protobuf::Struct& fields,
                                               Environment environment,
                                               const ContainerSurroundings& around);

}  // namespace eventreactor::local
