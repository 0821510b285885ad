// What the API server's no to a new object means for the Action that it was
// made for. Pure.
#pragma once

#include "absl/status/status.h"

namespace eventreactor::kube {

enum class StartRefusal {
  // For what the object is: it would be refused again, whenever.
  kFinal,
  // For what is around it (a quota, a right, a webhook that does not answer):
  // somebody may change that, or nobody.
  kForNow,
  // Nobody said no: the server could not be asked, or was busy.
  kPassing,
};

// Of a status that is not OK. In detail:
//
//   final    400, 413, 422; INVALID_ARGUMENT of our own; 403 by Pod Security,
//            by a policy or a webhook, by limits; a namespace that is ending
//   for now  403 by a quota that is used up, by RBAC, for a ServiceAccount
//            that is not there yet; 404; 500 for a webhook that cannot be
//            called
//   passing  everything else
StartRefusal RefusalOf(const absl::Status& status);

// The status as the reconciler is to see it: what is refused for now is no
// longer one that passes by itself (see IsTransient), and is given up in time.
absl::Status AsStartError(const absl::Status& status);

}  // namespace eventreactor::kube
