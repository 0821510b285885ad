// What a plain (unquoted) YAML scalar means: YAML 1.2's core schema, and octal
// numbers as Kubernetes' manifests have them.
#pragma once

#include <nlohmann/json_fwd.hpp>
#include <string>

#include "absl/status/statusor.h"

namespace eventreactor::manifest {

// null, true, a number or a string. yes, no, on and off are strings. What looks
// like a file's mode, a zero and up to four octal digits, is octal as it is for
// kubectl (YAML 1.1): 0400 is 256. Refused, as JSON has no such thing or readers
// disagree: .inf, .nan, and any other number with a leading zero.
absl::StatusOr<nlohmann::json> ResolvePlain(const std::string& text);

// Whether every YAML reader, 1.1 or 1.2, takes `text` for a string when it
// stands in the manifest without quotes.
bool IsPlainString(const std::string& text);

}  // namespace eventreactor::manifest
