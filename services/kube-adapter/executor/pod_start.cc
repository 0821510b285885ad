// How PodExecutor begins a run, or takes up one that was begun.
#include <nlohmann/json.hpp>
#include <string>

#include "libs/status/status.h"
#include "services/kube-adapter/executor/action_template.h"
#include "services/kube-adapter/executor/child_objects.h"
#include "services/kube-adapter/executor/pod_executor.h"
#include "services/kube-adapter/executor/pod_surroundings.h"
#include "services/kube-adapter/executor/start_refusal.h"
#include "services/kube-adapter/kube/api.h"

namespace eventreactor::kube {
namespace {

RunResult CannotRun(const std::string& message) {
  return {v1::COMPLETION_FAILURE, kReasonValidationFailed, message};
}

}  // namespace

absl::Status PodExecutor::Begin(PodRun& run, const v1::Action& action, const v1::Event& event) {
  if (pods_->Get(run.pod()) != nullptr) return absl::OkStatus();
  // The start is written down after the Pod was made.
  if (action.status().has_start_time()) {
    run.See(nullptr, /*gone=*/true);
    return absl::OkStatus();
  }
  Api api(client_, closing_.get_token());
  const absl::Status status = Create(api, run.key(), action, event);
  if (status.ok() || RefusalOf(status) != StartRefusal::kFinal) return AsStartError(status);
  run.Refuse(CannotRun(Message(status)));
  return absl::OkStatus();
}

absl::Status PodExecutor::Create(Api& api, const RunKey& key, const v1::Action& action,
                                 const v1::Event& event) const {
  v1::Action expanded = action;
  if (absl::Status status = ApplyTemplate(api, expanded); !status.ok()) return status;
  const absl::StatusOr<PodSurroundings> around = LookAround(api, expanded);
  if (!around.ok()) return around.status();
  const absl::StatusOr<PodPlan> plan = PlanPod(expanded, event, *around, options_.pod);
  if (!plan.ok()) return plan.status();
  return CreateChildren(api, plan->config_maps, Pods(), plan->pod, key);
}

}  // namespace eventreactor::kube
