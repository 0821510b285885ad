// What must hold of every result of a codec, whatever it was given.
#pragma once

#include "absl/status/statusor.h"
#include "libs/cloudevents/cloudevent.h"

namespace eventreactor::fuzz {

// Aborts unless it holds; libFuzzer keeps the input.
void Require(bool holds, const char* what);

// An error names its field and is fit for a log; an event that is valid goes
// over the bus and comes back the same.
void CheckDecoded(const absl::StatusOr<cloudevents::CloudEvent>& event);

}  // namespace eventreactor::fuzz
