#include "services/kube-adapter/executor/build_executor.h"

#include <nlohmann/json.hpp>

#include "services/kube-adapter/build/build_observe.h"
#include "services/kube-adapter/build/build_plan.h"
#include "services/kube-adapter/executor/action_template.h"
#include "services/kube-adapter/executor/child_objects.h"
#include "services/kube-adapter/kube/json_text.h"

namespace eventreactor::kube {
namespace {

void TrimBuildAndVolumes(nlohmann::json& build) {
  nlohmann::json config_maps = EventConfigMaps(ObjectAt(build, "spec"));
  TrimBuild(build);
  build["spec"][kKeptConfigMaps] = std::move(config_maps);
}

ChildKind BuildKind() {
  return {.resource = Builds(),
          .trim = TrimBuildAndVolumes,
          .observe = ObserveBuild,
          .pod_of = PodOfBuild,
          .end = EndBuild,
          .pod_of_others = true};
}

absl::Status MakeBuild(Api& api, const v1::Action& action, const v1::Event& event,
                       const PodTool& tool) {
  v1::Action expanded = action;
  if (absl::Status status = ApplyTemplate(api, expanded); !status.ok()) return status;
  const absl::StatusOr<BuildPlan> plan = PlanBuild(expanded, event, tool);
  if (!plan.ok()) return plan.status();
  return CreateChildren(api, plan->config_maps, Builds(), plan->build, action.metadata().uid());
}

}  // namespace

std::unique_ptr<Executor> MakeBuildExecutor(const ExecutorPorts& ports, const PodTool& tool,
                                            const ChildOptions& options) {
  return std::make_unique<ChildExecutor>(
      ports, BuildKind(),
      [tool](Api& api, const v1::Action& action, const v1::Event& event) {
        return MakeBuild(api, action, event, tool);
      },
      options);
}

}  // namespace eventreactor::kube
