// The text form of label selectors, as kubectl takes it. Pure.
#pragma once

#include <string>

#include "absl/status/statusor.h"
#include "eventreactor/v1/pipeline.pb.h"

namespace eventreactor {

// How long a selector's text may be, in bytes.
inline constexpr size_t kMaxSelectorText = 16384;

// a=b, a==b, a!=b, a in (b,c), a notin (b,c), a, !a, divided by commas; empty
// text is the empty selector. INVALID_ARGUMENT (INVALID_LABEL_SELECTOR) with
// the position, counted in bytes from 1.
absl::StatusOr<v1::LabelSelector> ParseSelectorText(const std::string& text);

}  // namespace eventreactor
