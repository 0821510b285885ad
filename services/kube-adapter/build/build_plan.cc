#include "services/kube-adapter/build/build_plan.h"

#include <string>
#include <utility>

#include "absl/strings/str_cat.h"
#include "libs/domain/container_check.h"
#include "libs/domain/event_context.h"
#include "libs/domain/run.h"
#include "libs/domain/run_containers.h"
#include "libs/manifest/manifest.h"
#include "libs/manifest/struct_json.h"
#include "libs/status/status.h"
#include "services/kube-adapter/pod/pod_container.h"
#include "services/kube-adapter/pod/pod_event_files.h"
#include "services/kube-adapter/pod/pod_names.h"

namespace eventreactor::kube {
namespace {

using nlohmann::json;

// The fields of a BuildSpec that are passed on as they are.
constexpr const char* kPassed[] = {"source",  "sources",      "serviceAccountName",
                                   "timeout", "nodeSelector", "affinity"};

class BuildPlanner {
 public:
  BuildPlanner(const v1::Action& action, const v1::Event& event, const PodTool& tool)
      : action_(action),
        event_(event),
        tool_(tool),
        env_(LiteralEnv(RunVariables(action, event))) {}

  absl::StatusOr<BuildPlan> Plan() {
    absl::Status timeout = ActionTimeout(action_.spec().build()).status();
    if (!timeout.ok()) return timeout;
    const json spec = ToManifest(action_)["spec"];
    for (const char* field : kPassed) {
      if (spec.contains(field)) spec_[field] = spec[field];
    }
    spec_["volumes"] = json::array();
    if (absl::Status status = AddEventFiles(); !status.ok()) return status;
    if (absl::Status status = AddContainers(); !status.ok()) return status;
    if (absl::Status status = AddUserVolumes(); !status.ok()) return status;
    BuildPlan plan;
    plan.build = {{"apiVersion", "build.knative.dev/v1alpha1"},
                  {"kind", "Build"},
                  {"metadata", Metadata(ChildName(action_))},
                  {"spec", std::move(spec_)}};
    plan.config_maps = std::move(config_maps_);
    return plan;
  }

 private:
  json Metadata(const std::string& name) const {
    return {{"name", name},
            {"namespace", action_.metadata().namespace_()},
            {"labels", ChildLabels(action_)},
            {"ownerReferences", json::array({OwnerReferenceTo(action_)})}};
  }

  absl::Status AddEventFiles() {
    const absl::StatusOr<std::vector<EventFile>> files = EventFiles(event_);
    if (!files.ok()) return files.status();
    EventObjects objects = PlaceEventFiles(ChildName(action_), *files);
    config_maps_ = std::move(objects.config_maps);
    for (json& config_map : config_maps_) {
      config_map["metadata"] = Metadata(config_map["metadata"]["name"].get<std::string>());
    }
    json volume = std::move(objects.volume_source);
    volume["name"] = kEventVolume;
    spec_["volumes"].push_back(std::move(volume));
    spec_["steps"] =
        json::array({EventFilesContainer(tool_, PodSecurity::kUnrestricted, kEventStep)});
    return absl::OkStatus();
  }

  absl::Status AddContainers() {
    const absl::StatusOr<std::vector<RunContainer>> containers =
        RunContainers(action_.spec().build());
    if (!containers.ok()) return containers.status();
    size_t sources = 0;
    for (const RunContainer& container : *containers) {
      if (container.source != nullptr) {
        absl::Status status = AddSourceEnv(container, sources++);
        if (!status.ok()) return status;
        continue;
      }
      // The controller puts the prefix back, and would count our step among
      // those without a name.
      std::string name = container.name.substr(std::string(kStepPrefix).size());
      if (name == kEventStep) {
        return InvalidField(absl::StrCat(container.field, ".name"),
                            absl::StrCat("\"", name,
                                         "\" is a step that each Build has; expected "
                                         "another name"));
      }
      absl::StatusOr<json> step = InitContainer(*container.step, name, env_, json::array());
      if (!step.ok()) return InField(container.field, step.status());
      spec_["steps"].push_back(*std::move(step));
    }
    return absl::OkStatus();
  }

  absl::Status AddSourceEnv(const RunContainer& container, size_t index) {
    if (!container.source->has_custom()) return absl::OkStatus();
    const std::string name = StringField(container.source->custom(), "name");
    absl::StatusOr<json> custom =
        InitContainer(container.source->custom(), name, env_, json::array());
    if (!custom.ok()) return InField(absl::StrCat(container.field, ".custom"), custom.status());
    if (name.empty()) custom->erase("name");
    // spec.source, or spec.sources[i] in order.
    json& source = spec_.contains("source") ? spec_["source"] : spec_["sources"][index];
    source["custom"] = *std::move(custom);
    return absl::OkStatus();
  }

  absl::Status AddUserVolumes() {
    const v1::BuildSpec& build = action_.spec().build();
    for (int i = 0; i < build.volumes_size(); ++i) {
      if (StringField(build.volumes(i), "name") == kEventVolume) {
        return InvalidField(
            absl::StrCat("spec.volumes[", i, "].name"),
            absl::StrCat("\"", kEventVolume,
                         "\" is a volume that each run has; expected another name"));
      }
      spec_["volumes"].push_back(manifest::StructToJson(build.volumes(i)));
    }
    return absl::OkStatus();
  }

  const v1::Action& action_;
  const v1::Event& event_;
  const PodTool& tool_;
  const json env_;

  json spec_ = json::object();
  std::vector<json> config_maps_;
};

}  // namespace

Resource Builds() {
  return {.group = "build.knative.dev", .version = "v1alpha1", .plural = "builds", .kind = "Build"};
}

absl::StatusOr<BuildPlan> PlanBuild(const v1::Action& action, const v1::Event& event,
                                    const PodTool& tool) {
  return BuildPlanner(action, event, tool).Plan();
}

}  // namespace eventreactor::kube
