// Objects that are going: deletion was asked for, and somebody's finalizer
// holds them back.
#pragma once

#include <string>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "eventreactor/v1/meta.pb.h"
#include "libs/status/status.h"

namespace eventreactor {

// ABORTED: what is done now would be lost with the old object; once it is
// gone, the same call makes a new one.
inline absl::Status BeingDeleted(const std::string& kind, const std::string& name) {
  return MakeStatus(
      absl::StatusCode::kAborted, "BEING_DELETED",
      absl::StrCat("the ", kind, " ", name, " is being deleted; try again when it is gone"));
}

inline absl::Status CheckNotBeingDeleted(const std::string& kind, const v1::ObjectMeta& metadata) {
  return metadata.has_deletion_timestamp() ? BeingDeleted(kind, metadata.name()) : absl::OkStatus();
}

}  // namespace eventreactor
