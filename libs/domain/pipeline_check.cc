#include "libs/domain/pipeline_check.h"

#include <string>

#include "libs/cloudevents/text.h"
#include "libs/domain/build_check.h"
#include "libs/domain/metadata_check.h"
#include "libs/domain/naming.h"
#include "libs/status/status.h"

namespace eventreactor {
namespace {

using cloudevents::Quoted;

absl::Status CheckEventTrigger(const v1::EventTrigger& trigger) {
  const std::string& type = trigger.type();
  if (type.empty()) {
    return InvalidField("spec.trigger.event.type",
                        "is missing; expected the CloudEvents type to react to, such as "
                        "com.example.push");
  }
  if (type.size() > kMaxEventType) {
    return InvalidField("spec.trigger.event.type",
                        "has " + std::to_string(type.size()) + " bytes; at most " +
                            std::to_string(kMaxEventType) + " are allowed");
  }
  for (const char c : type) {
    if (static_cast<unsigned char>(c) < 0x20 || c == 0x7F) {
      return InvalidField("spec.trigger.event.type",
                          Quoted(type) + " has a control character, which no CloudEvents type has");
    }
  }
  if (trigger.source_pattern().size() > kMaxSourcePattern) {
    return InvalidField("spec.trigger.event.sourcePattern",
                        "has " + std::to_string(trigger.source_pattern().size()) +
                            " bytes; at most " + std::to_string(kMaxSourcePattern) +
                            " are allowed");
  }
  return absl::OkStatus();
}

absl::Status CheckPipelineTrigger(const v1::PipelineTrigger& trigger) {
  if (!trigger.name().empty() && !IsDnsSubdomain(trigger.name())) {
    return InvalidField("spec.trigger.pipeline.name",
                        Quoted(trigger.name()) +
                            " is no Pipeline's name; leave it out to match "
                            "Actions of all Pipelines");
  }
  if (!v1::Completion_IsValid(trigger.status())) {
    return InvalidField("spec.trigger.pipeline.status",
                        std::to_string(trigger.status()) +
                            " is unknown; expected success, failure, neutral or unknown");
  }
  return absl::OkStatus();
}

}  // namespace

absl::Status CheckPipeline(const v1::Pipeline& pipeline) {
  const size_t bytes = pipeline.metadata().ByteSizeLong() + pipeline.spec().ByteSizeLong();
  if (bytes > kMaxPipelineBytes) {
    return InvalidField("spec", "the Pipeline has " + std::to_string(bytes) + " bytes; at most " +
                                    std::to_string(kMaxPipelineBytes) +
                                    " are allowed; put large files into an image or a source");
  }
  if (absl::Status status = CheckMetadata(pipeline.metadata()); !status.ok()) return status;
  const v1::Trigger& trigger = pipeline.spec().trigger();
  if (trigger.has_event() == trigger.has_pipeline()) {
    return InvalidField("spec.trigger",
                        std::string(trigger.has_event() ? "has both event and pipeline"
                                                        : "has neither event nor pipeline") +
                            "; expected exactly one of them");
  }
  absl::Status status = trigger.has_event() ? CheckEventTrigger(trigger.event())
                                            : CheckPipelineTrigger(trigger.pipeline());
  if (!status.ok()) return status;
  return InField("spec", CheckBuild(pipeline.spec().build()));
}

}  // namespace eventreactor
