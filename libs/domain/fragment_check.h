// The containers and volumes of a build, which pass through whole: what a
// Kubernetes API server would refuse of them, told before there is a Pod. Pure.
#pragma once

#include <string>
#include <vector>

#include "absl/status/status.h"
#include "eventreactor/v1/build.pb.h"

namespace eventreactor {

// All of it, as INVALID_ARGUMENT naming the field below spec, such as
// steps[0].env[1].valeu. What CheckBuild checks is left to it.
std::vector<absl::Status> FragmentProblems(const v1::BuildSpec& build);

// The first of them.
absl::Status CheckFragments(const v1::BuildSpec& build);

// What a cluster would take, and a run on one machine refuses.
std::vector<absl::Status> OneMachineProblems(const v1::BuildSpec& build);

// Where a file of a ConfigMap's or Secret's volume stands, in normal form; empty
// if that is not within the volume.
std::string PathInVolume(const std::string& path);

// Where a run on one machine mounts a volume, in normal form; empty if it
// cannot: the root is taken, and a colon has a meaning to container engines.
std::string MountPathOnOneMachine(const std::string& path);

}  // namespace eventreactor
