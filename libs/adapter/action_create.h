// Creating Actions once: the rules by which a repeated or late creation is
// told from a new one.
#pragma once

#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "eventreactor/v1/action.pb.h"
#include "libs/adapter/store.h"

namespace eventreactor {

struct CreatedAction {
  v1::Action action;
  // False if it was there before.
  bool created = false;
};

// Checks what a client wants to have created, and fills in what it left out.
absl::Status CheckAction(v1::Action& action);

// All `wanted` are checked; an answer for each, in their order. ALREADY_EXISTS
// (NAME_TAKEN), FAILED_PRECONDITION (ALREADY_DISPATCHED, but where on request),
// ABORTED (BEING_DELETED); NOT_FOUND (ACTION_NOT_FOUND) for a chained one whose
// upstream is gone.
std::vector<absl::StatusOr<CreatedAction>> CreateOnce(ResourceStore& store,
                                                      const std::vector<NewAction>& wanted);

}  // namespace eventreactor
