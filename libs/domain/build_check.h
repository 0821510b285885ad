// Whether what a Pipeline runs can be run: sources, steps, volumes, template
// and timeout. What belongs to Kubernetes is checked only as far as we read
// it. Pure.
#pragma once

#include "absl/status/status.h"
#include "eventreactor/v1/build.pb.h"

namespace eventreactor {

// How many steps, sources and volumes one Pipeline may have, of each.
inline constexpr int kMaxContainers = 64;

// INVALID_ARGUMENT naming the field below spec, such as steps[0].image.
absl::Status CheckBuild(const v1::BuildSpec& build);

}  // namespace eventreactor
