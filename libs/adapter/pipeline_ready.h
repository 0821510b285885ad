// What a Pipeline's status says of its spec.
#pragma once

#include "absl/status/status.h"
#include "absl/time/time.h"
#include "eventreactor/v1/pipeline.pb.h"
#include "libs/status/status.h"

namespace eventreactor {

// The condition that says whether a Pipeline can be used.
inline constexpr char kReady[] = "Ready";
inline constexpr char kReasonInvalidPipeline[] = "InvalidPipeline";

// `compiled` is what became of compiling the spec of that generation. Other
// conditions stay; the time of Ready moves only with its status.
inline v1::PipelineStatus ReadyStatus(const v1::PipelineStatus& before, int64_t generation,
                                      const absl::Status& compiled, absl::Time now) {
  v1::PipelineStatus status = before;
  status.set_observed_generation(generation);
  v1::Condition* ready = nullptr;
  for (v1::Condition& condition : *status.mutable_conditions()) {
    if (condition.type() == kReady) ready = &condition;
  }
  if (ready == nullptr) {
    ready = status.add_conditions();
    ready->set_type(kReady);
  }
  const char* value = compiled.ok() ? "True" : "False";
  if (ready->status() != value || !ready->has_last_transition_time()) {
    ready->set_status(value);
    ready->mutable_last_transition_time()->Clear();
    ready->mutable_last_transition_time()->set_seconds(absl::ToUnixSeconds(now));
  }
  ready->set_reason(compiled.ok() ? "Compiled" : kReasonInvalidPipeline);
  ready->set_message(compiled.ok() ? "can be triggered" : Message(compiled));
  ready->set_observed_generation(generation);
  return status;
}

}  // namespace eventreactor
