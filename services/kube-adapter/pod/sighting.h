// The moment at which an executor looks at what it made for an Action.
#pragma once

#include "absl/time/time.h"
#include "libs/domain/run.h"

namespace eventreactor::kube {

struct Sighting {
  absl::Time now;
  // The API server has no such object any more; the JSON is what was last
  // seen of it.
  bool gone = false;
  // Why the executor is ending it, if it is.
  StopReason stop = StopReason::kNone;
  // The Action's, for words.
  absl::Duration timeout = absl::Minutes(10);
  // What is still there this long after its deletion was due, is on a node
  // that nobody hears of.
  absl::Duration lost_after = absl::Minutes(1);
};

}  // namespace eventreactor::kube
