// What to run for an Action: its containers in order and the files that they
// find, decided from Action, Event and the documents that it refers to. Pure,
// but for where a hostPath leads.
#pragma once

#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "eventreactor/v1/action.pb.h"
#include "eventreactor/v1/event.pb.h"
#include "eventreactor/v1/pipeline.pb.h"
#include "libs/domain/build_sources.h"
#include "services/local-adapter/container_tar.h"
#include "services/local-adapter/engine_port.h"
#include "services/local-adapter/run_documents.h"

namespace eventreactor::local {

enum class PullPolicy { kIfNotPresent, kAlways, kNever };

// A directory of a volume, as it has to be when the container starts.
struct FreshDirectory {
  // In the container, absolute.
  std::string path;
  int mode = 0755;
  // Relative to it.
  std::vector<TarEntry> files;
};

struct PlannedContainer {
  // build-source-NAME, build-step-NAME.
  std::string step;
  // A source or step of the Action. Others are ours, and only told of if they
  // fail.
  bool shown = true;
  // Without name and labels. Volumes are named within the run: "workspace".
  ContainerSpec spec;
  PullPolicy pull = PullPolicy::kIfNotPresent;
  std::vector<FreshDirectory> directories;
  // Of its own file system, relative to "/".
  std::vector<TarEntry> files;
  // The tool program has to be put at kToolPath.
  bool needs_tool = false;
  // One of ours: what it wrote last tells why it failed.
  bool has_last_words = false;
};

inline constexpr char kToolPath[] = "/eventreactor/tool";

struct RunPlan {
  // Sources first, then steps; each where it is needed with those of ours
  // before it.
  std::vector<PlannedContainer> containers;
  absl::Duration timeout;
};

struct PlanOptions {
  // Whether containers may be privileged or ask for more capabilities.
  bool allow_privileged = false;
  // What of this machine containers may mount: these, and what is below.
  std::vector<std::string> host_paths;
  // Has git and ssh on its PATH.
  std::string git_image = "docker.io/alpine/git:latest";
  // As kDefaultGcsImage.
  std::string gcs_image = kDefaultGcsImage;
};

// INVALID_ARGUMENT naming the field if the Action cannot run as it is, or
// asks for what this executor does not have. `documents` are the run's.
absl::StatusOr<RunPlan> PlanRun(const v1::Action& action, const v1::Event& event,
                                const DocumentSet& documents, const PlanOptions& options);

// Whether what the Pipeline runs is right at all: INVALID_ARGUMENT naming the
// field. What is right elsewhere and only not available here is left to the
// run to tell, as manifests may be meant for other places as well; and so is
// what is missing, as it may come.
absl::Status CheckPipeline(const v1::Pipeline& pipeline, const PlanOptions& options);

}  // namespace eventreactor::local
