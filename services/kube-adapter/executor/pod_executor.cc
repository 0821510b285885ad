#include "services/kube-adapter/executor/pod_executor.h"

#include <algorithm>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <utility>

#include "libs/manifest/timestamp.h"
#include "services/kube-adapter/executor/action_template.h"
#include "services/kube-adapter/executor/child_objects.h"
#include "services/kube-adapter/executor/pod_surroundings.h"
#include "services/kube-adapter/kube/json_text.h"
#include "services/kube-adapter/pod/pod_observe.h"
#include "services/kube-adapter/pod/pod_status.h"

namespace eventreactor::kube {
namespace {

using nlohmann::json;

json TrimmedContainers(const json& spec) {
  json containers = json::array();
  for (const json& container : ArrayAt(spec, "initContainers")) {
    containers.push_back(
        {{"name", StringAt(container, "name")}, {"image", StringAt(container, "image")}});
  }
  return containers;
}

void TrimPod(json& pod) {
  const json& spec = ObjectAt(pod, "spec");
  json kept = {{"nodeName", StringAt(spec, "nodeName")},
               {"initContainers", TrimmedContainers(spec)},
               {"activeDeadlineSeconds", IntAt(spec, "activeDeadlineSeconds")},
               {kKeptConfigMaps, EventConfigMaps(spec)}};
  pod["spec"] = std::move(kept);
}

// When its node took it; infinite past if none has.
absl::Time TakenAt(const json& pod) {
  const auto time = manifest::ParseTimestamp(StringAt(ObjectAt(pod, "status"), "startTime"));
  return time ? TimeOf(*time) : absl::InfinitePast();
}

// A Pod that its node has taken ends by its deadline, so that it stays, and
// its logs with it.
std::optional<json> EndPod(const json& pod, absl::Time now) {
  const absl::Time taken = TakenAt(pod);
  if (taken == absl::InfinitePast()) return std::nullopt;
  const int64_t deadline = std::max<int64_t>(1, absl::ToInt64Seconds(now - taken));
  const int64_t current = IntAt(ObjectAt(pod, "spec"), "activeDeadlineSeconds");
  // It may only become less.
  if (current != 0 && current <= deadline) return json::object();
  return json{{"spec", {{"activeDeadlineSeconds", deadline}}}};
}

ChildKind PodKind() {
  return {.resource = Pods(),
          .trim = TrimPod,
          .observe = ObservePod,
          .pod_of = [](const json& pod) { return StringAt(ObjectAt(pod, "metadata"), "name"); },
          .end = EndPod};
}

absl::Status MakePod(Api& api, const v1::Action& action, const v1::Event& event,
                     const PodOptions& options) {
  v1::Action expanded = action;
  if (absl::Status status = ApplyTemplate(api, expanded); !status.ok()) return status;
  const absl::StatusOr<PodSurroundings> around = LookAround(api, expanded);
  if (!around.ok()) return around.status();
  const absl::StatusOr<PodPlan> plan = PlanPod(expanded, event, *around, options);
  if (!plan.ok()) return plan.status();
  return CreateChildren(api, plan->config_maps, Pods(), plan->pod, action.metadata().uid());
}

}  // namespace

std::unique_ptr<Executor> MakePodExecutor(const ExecutorPorts& ports, const PodOptions& pod,
                                          const ChildOptions& options) {
  return std::make_unique<ChildExecutor>(
      ports, PodKind(),
      [pod](Api& api, const v1::Action& action, const v1::Event& event) {
        return MakePod(api, action, event, pod);
      },
      options);
}

}  // namespace eventreactor::kube
