// What the API server refuses, in the words of libs/adapter/store.h. Pure.
#pragma once

#include <string>

#include "absl/status/status.h"
#include "services/kube-adapter/kube/resource.h"
#include "services/kube-adapter/store/kinds.h"

namespace eventreactor::kube {

//   there is none                  NOT_FOUND (<KIND>_NOT_FOUND)
//   its namespace is missing or
//     being deleted                NOT_FOUND (NAMESPACE_NOT_FOUND)
//   the name is taken              ALREADY_EXISTS (NAME_TAKEN)
//   somebody wrote meanwhile       ABORTED (CONFLICT)
//   the version is forgotten       OUT_OF_RANGE (VERSION_EXPIRED)
//   too large for the store        OUT_OF_RANGE (OBJECT_TOO_LARGE)
//   a quota is used up             RESOURCE_EXHAUSTED (QUOTA_EXCEEDED)
//   we may not do it               UNAVAILABLE (NOT_PERMITTED): an operator's
//                                  mistake, which must cost nobody an event
//   our kinds are not installed    UNAVAILABLE (KIND_NOT_INSTALLED)
// Anything else is as api_error.h has it.
absl::Status ToStoreError(const absl::Status& status, const KindInfo& kind, const ObjectName& name);

// INVALID_ARGUMENT (INVALID_PAGE_TOKEN).
absl::Status InvalidPageToken();

// INVALID_ARGUMENT (INVALID_VERSION): of a watch that is to go on from it.
absl::Status InvalidVersion(const std::string& version);

}  // namespace eventreactor::kube
