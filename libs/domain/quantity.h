// Kubernetes resource quantities: 500m, 1.5, 64Mi, 2e9. Pure.
#pragma once

#include <cstdint>
#include <string>

#include "absl/status/statusor.h"

namespace eventreactor {

// The quantity in units of 1/`scale` (1,000,000,000 for nano-CPUs, 1 for
// bytes), rounded up. INVALID_ARGUMENT (INVALID_QUANTITY) for what is no
// quantity or is negative, and (QUANTITY_TOO_LARGE) for what does not fit,
// which Kubernetes takes.
inline constexpr char kQuantityTooLarge[] = "QUANTITY_TOO_LARGE";
absl::StatusOr<int64_t> ParseQuantity(const std::string& text, int64_t scale);

}  // namespace eventreactor
