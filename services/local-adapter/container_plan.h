// What to run for an Action: its containers in order and the files that they
// find, decided from Action and Event alone. Pure.
#pragma once

#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "eventreactor/v1/action.pb.h"
#include "eventreactor/v1/event.pb.h"
#include "eventreactor/v1/pipeline.pb.h"
#include "services/local-adapter/container_tar.h"
#include "services/local-adapter/engine_port.h"

namespace eventreactor::local {

enum class PullPolicy { kIfNotPresent, kAlways, kNever };

struct PlannedContainer {
  // build-source-NAME, build-step-NAME.
  std::string step;
  // Without name, labels and mounts.
  ContainerSpec spec;
  PullPolicy pull = PullPolicy::kIfNotPresent;
};

struct RunPlan {
  // Sources first, then steps.
  std::vector<PlannedContainer> containers;
  // Relative to /workspace: .event and what is in it.
  std::vector<TarEntry> files;
  absl::Duration timeout;
};

struct PlanOptions {
  // Whether containers may be privileged or ask for more capabilities.
  bool allow_privileged = false;
};

// INVALID_ARGUMENT naming the field if the Action cannot run as it is, or
// asks for what this executor does not have.
absl::StatusOr<RunPlan> PlanRun(const v1::Action& action, const v1::Event& event,
                                const PlanOptions& options);

// Whether what the Pipeline runs is right at all: INVALID_ARGUMENT naming the
// field. What is right elsewhere and only not available here is left to the
// run to tell, as manifests may be meant for other places as well.
absl::Status CheckPipeline(const v1::Pipeline& pipeline, const PlanOptions& options);

}  // namespace eventreactor::local
