// What a Pod's status tells of the run of its Action, in words that help.
// Pure: the inverse of PlanPod.
#pragma once

#include <nlohmann/json_fwd.hpp>

#include "absl/time/time.h"
#include "libs/domain/run.h"

namespace eventreactor::kube {

struct PodSighting {
  absl::Time now;
  // The API server has no such Pod any more; the JSON is what was last seen.
  bool gone = false;
  // Why the executor is ending the Pod, if it is.
  StopReason stop = StopReason::kNone;
  // The Action's, for words.
  absl::Duration timeout = absl::Minutes(10);
  // A Pod that is still there this long after its deletion was due, is on a
  // node that nobody hears of.
  absl::Duration lost_after = absl::Minutes(1);
};

// Steps in the Pod's order, what is waited for, and the result as soon as it
// is certain: every step exited 0, one did not, an image's name is invalid,
// or the Pod was ended, evicted, deleted or lost. Log tails are left to the
// caller, who holds the result back until the logs are stored. Fields that
// are missing or of another type are as if they were not there.
Observation ObservePod(const nlohmann::json& pod, const PodSighting& sighting);

}  // namespace eventreactor::kube
