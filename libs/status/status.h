// The one error type across modules: absl::Status with a canonical code, an
// UPPER_SNAKE_CASE reason for programs, the offending field as a path, and a
// message for people that holds the value and the way out.
#pragma once

#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"

namespace eventreactor {

// `reason` is UPPER_SNAKE_CASE; `field` is a path such as
// spec.trigger.event.type, or empty where no field is to blame.
absl::Status MakeStatus(absl::StatusCode code, const std::string& reason,
                        const std::string& message, const std::string& field = "");

// INVALID_ARGUMENT; the message becomes "<field>: <message>".
absl::Status InvalidField(const std::string& field, const std::string& message,
                          const std::string& reason = "INVALID_FIELD");

// The same status with `prefix` put before the path of its field, and before
// its message where that begins with the field.
absl::Status InField(const std::string& prefix, const absl::Status& status);

// Empty where the status has none.
std::string Reason(const absl::Status& status);
std::string Field(const absl::Status& status);

// message() as std::string: absl::string_view is a type of its own here.
std::string Message(const absl::Status& status);

// True if the same call may succeed later without any change by its caller:
// UNAVAILABLE, DEADLINE_EXCEEDED, ABORTED, RESOURCE_EXHAUSTED, CANCELLED,
// INTERNAL, UNKNOWN and UNAUTHENTICATED (a token being rotated). Everything
// else is a permanent refusal.
bool IsTransient(const absl::Status& status);

}  // namespace eventreactor
