// The template that an Action names, read from the API server and put in.
#pragma once

#include "absl/status/status.h"
#include "eventreactor/v1/action.pb.h"
#include "services/kube-adapter/kube/api.h"

namespace eventreactor::kube {

// Puts the steps of the BuildTemplate or ClusterBuildTemplate that
// spec.template names in its place; nothing happens where none is named.
// INVALID_ARGUMENT naming the field where that cannot work as it is: no such
// template, an argument that it lacks, or a cluster that has no templates or
// does not let us read them. Any other error may pass.
absl::Status ApplyTemplate(Api& api, v1::Action& action);

}  // namespace eventreactor::kube
