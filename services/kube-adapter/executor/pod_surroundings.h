// What an Action's namespace adds to its Pod, asked of the API server.
#pragma once

#include "absl/status/statusor.h"
#include "eventreactor/v1/action.pb.h"
#include "services/kube-adapter/kube/api.h"
#include "services/kube-adapter/pod/pod_plan.h"

namespace eventreactor::kube {

// The Pod Security level that the namespace enforces, and the annotated
// secrets of the Action's ServiceAccount ("default" where it names none).
// INVALID_ARGUMENT naming the field where the Action asks for what is not
// there; a namespace that may not be read is taken as one without rules.
absl::StatusOr<PodSurroundings> LookAround(Api& api, const v1::Action& action);

}  // namespace eventreactor::kube
