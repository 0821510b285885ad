// Whether a Pipeline can be used, judged by itself: names, labels, trigger
// and bounds here, what runs in build_check.h. Pure.
#pragma once

#include "absl/status/status.h"
#include "eventreactor/v1/pipeline.pb.h"

namespace eventreactor {

// How large a Pipeline's metadata and spec may be together, in bytes.
inline constexpr size_t kMaxPipelineBytes = size_t{256} << 10;
// How long spec.trigger.event.type may be, in bytes.
inline constexpr size_t kMaxEventType = 255;
// How long spec.trigger.event.sourcePattern may be, in bytes.
inline constexpr size_t kMaxSourcePattern = 1024;

// Everything but the patterns and selectors, which Matcher::Compile compiles.
// INVALID_ARGUMENT naming the field, the value and what is expected.
absl::Status CheckPipeline(const v1::Pipeline& pipeline);

}  // namespace eventreactor
