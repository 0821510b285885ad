// What a plain (unquoted) YAML scalar means: YAML 1.2's core schema.
#pragma once

#include <nlohmann/json_fwd.hpp>
#include <string>

#include "absl/status/statusor.h"

namespace eventreactor::manifest {

// null, true, a number or a string. yes, no, on and off are strings. Refused,
// as readers disagree or JSON has no such thing: numbers with leading zeros
// (octal to some), .inf and .nan.
absl::StatusOr<nlohmann::json> ResolvePlain(const std::string& text);

// Whether every YAML reader, 1.1 or 1.2, takes `text` for a string when it
// stands in the manifest without quotes.
bool IsPlainString(const std::string& text);

}  // namespace eventreactor::manifest
