// What a stream answers to a publish. Pure.
#pragma once

#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "libs/bus/bus.h"

namespace eventreactor::bus {

// An error of the JetStream API as our status: a full stream or disk is
// BUS_FULL, a message too large MESSAGE_TOO_LARGE, everything else is
// UNAVAILABLE (BUS_REFUSED) with the server's words.
absl::Status PublishError(const std::string& stream, int err_code, const std::string& description);

// Parses {"stream":"S","seq":1,"duplicate":true} or {"error":{...}}.
absl::StatusOr<PublishAck> ParsePubAck(const std::string& json);

}  // namespace eventreactor::bus
