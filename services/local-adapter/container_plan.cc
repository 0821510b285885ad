#include "services/local-adapter/container_plan.h"

#include <utility>

#include "absl/strings/str_cat.h"
#include "libs/domain/event_context.h"
#include "libs/domain/run.h"
#include "libs/domain/run_containers.h"
#include "libs/status/status.h"
#include "services/local-adapter/container_env.h"
#include "services/local-adapter/container_fields.h"

namespace eventreactor::local {
namespace {

absl::Status NotHere(const std::string& field) {
  return InvalidField(field, "not available on one machine", "NOT_AVAILABLE");
}

absl::Status CheckAvailable(const v1::SourceSpec& source) {
  if (source.has_git()) return NotHere("git");
  if (source.has_gcs()) return NotHere("gcs");
  if (!source.sub_path().empty()) return NotHere("subPath");
  return absl::OkStatus();
}

// What this executor does not have is said before what is wrong with it.
absl::Status CheckAvailable(const v1::BuildSpec& build) {
  if (!build.executor().empty() && build.executor() != "container") return NotHere("executor");
  if (build.has_template_()) return NotHere("template");
  if (!build.service_account_name().empty()) return NotHere("serviceAccountName");
  if (!build.volumes().empty()) return NotHere("volumes");
  if (absl::Status status = CheckAvailable(build.source()); !status.ok()) {
    return InField("source", status);
  }
  for (int i = 0; i < build.sources_size(); ++i) {
    if (absl::Status status = CheckAvailable(build.sources(i)); !status.ok()) {
      return InField(absl::StrCat("sources[", i, "]"), status);
    }
  }
  return absl::OkStatus();
}

absl::StatusOr<std::vector<TarEntry>> WorkspaceFiles(const v1::Event& event) {
  absl::StatusOr<std::vector<EventFile>> files = EventFiles(event);
  if (!files.ok()) return files.status();
  std::vector<TarEntry> entries = {{".event/", "", 0755}, {".event/extensions/", "", 0755}};
  entries.reserve(entries.size() + files->size());
  for (EventFile& file : *files) {
    entries.push_back({absl::StrCat(".event/", file.path), std::move(file.data)});
  }
  return entries;
}

}  // namespace

absl::StatusOr<RunPlan> PlanRun(const v1::Action& action, const v1::Event& event,
                                const PlanOptions& options) {
  const v1::BuildSpec& build = action.spec().build();
  if (absl::Status status = CheckAvailable(build); !status.ok()) return InField("spec", status);
  const absl::StatusOr<std::vector<RunContainer>> containers = RunContainers(build);
  if (!containers.ok()) return containers.status();
  RunPlan plan;
  absl::StatusOr<absl::Duration> timeout = ActionTimeout(build);
  if (!timeout.ok()) return timeout.status();
  plan.timeout = *timeout;
  absl::StatusOr<std::vector<TarEntry>> files = WorkspaceFiles(event);
  if (!files.ok()) return files.status();
  plan.files = *std::move(files);

  // The Event's own text goes in as it is: a "$(...)" that a sender wrote is
  // not expanded.
  Environment environment;
  for (const auto& [name, value] : RunVariables(action, event)) environment.Set(name, value);
  plan.containers.reserve(containers->size());
  for (const RunContainer& container : *containers) {
    const bool is_step = container.step != nullptr;
    absl::StatusOr<PlannedContainer> planned =
        ReadContainer(is_step ? *container.step : container.source->custom(), environment, options);
    if (!planned.ok()) {
      return InField(is_step ? container.field : absl::StrCat(container.field, ".custom"),
                     planned.status());
    }
    planned->step = container.name;
    plan.containers.push_back(*std::move(planned));
  }
  return plan;
}

absl::Status CheckPipeline(const v1::Pipeline& pipeline, const PlanOptions& options) {
  v1::Action action;
  *action.mutable_spec()->mutable_build() = pipeline.spec().build();
  const absl::StatusOr<RunPlan> plan = PlanRun(action, v1::Event(), options);
  return plan.ok() || Reason(plan.status()) == "NOT_AVAILABLE" ? absl::OkStatus() : plan.status();
}

}  // namespace eventreactor::local
