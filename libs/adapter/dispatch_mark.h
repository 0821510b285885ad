// The mark that a finished Action has triggered what it triggers: until it is
// there, the Action is published again and again.
#pragma once

#include <string>

#include "absl/status/status.h"
#include "eventreactor/v1/action.pb.h"
#include "libs/adapter/recorder.h"
#include "libs/adapter/store.h"

namespace eventreactor {

struct DispatchMark {
  // A Pipeline matched, but the chain is too long.
  bool limit_exceeded = false;
  // Why it triggers nothing, in words; empty: it was dispatched in order.
  std::string refusal;
};

// Sets dispatch_time of `action`, as it was read, to now, and tells what that
// means. ABORTED (CONFLICT) if it was changed since.
absl::Status StoreDispatchMark(Store<v1::Action>& actions, Recorder& recorder, v1::Action action,
                               const DispatchMark& mark);

}  // namespace eventreactor
