// Whether an object can have such metadata: names, labels and annotations, as
// Kubernetes has them. Pure.
#pragma once

#include "absl/status/status.h"
#include "eventreactor/v1/meta.pb.h"

namespace eventreactor {

// An empty namespace is one that is not given. INVALID_ARGUMENT naming the
// field, the value and what is expected.
absl::Status CheckMetadata(const v1::ObjectMeta& metadata);

}  // namespace eventreactor
