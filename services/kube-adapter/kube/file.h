// Small files, whole.
#pragma once

#include <cstddef>
#include <string>

#include "absl/status/statusor.h"

namespace eventreactor::kube {

inline constexpr size_t kMaxFile = size_t{1} << 20;

// FAILED_PRECONDITION (UNREADABLE_FILE) names the file: not there, not
// readable, or longer than kMaxFile.
absl::StatusOr<std::string> ReadFile(const std::string& path);

}  // namespace eventreactor::kube
