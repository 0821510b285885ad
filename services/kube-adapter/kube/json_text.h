// JSON text and trees, without exceptions and with bounds.
#pragma once

#include <cstdint>
#include <nlohmann/json_fwd.hpp>
#include <string>
#include <string_view>

#include "absl/status/status.h"
#include "absl/status/statusor.h"

namespace eventreactor::kube {

// INVALID_ARGUMENT (BAD_JSON) with the place of the fault; also for more than
// 200 levels.
absl::StatusOr<nlohmann::json> ParseJson(std::string_view text);

// The same, but what is deeper than that is left out: one object that someone
// made too deep does not keep others from being read.
absl::StatusOr<nlohmann::json> ParsePruned(std::string_view text);

inline constexpr int kMaxJsonLevels = 200;

// INVALID_ARGUMENT (BAD_JSON) if a string in it is not UTF-8.
absl::StatusOr<std::string> DumpJson(const nlohmann::json& value);

// Members by name, whatever `object` is: "" and 0 for what is not there or is
// of another type.
std::string StringAt(const nlohmann::json& object, const char* key);
int64_t IntAt(const nlohmann::json& object, const char* key);
// An empty object for what is not there or no object.
const nlohmann::json& ObjectAt(const nlohmann::json& object, const char* key);
// An empty array likewise.
const nlohmann::json& ArrayAt(const nlohmann::json& object, const char* key);

}  // namespace eventreactor::kube
