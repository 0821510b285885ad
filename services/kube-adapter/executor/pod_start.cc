// How PodExecutor begins a run, or takes up one that was begun.
#include <glog/logging.h>

#include <nlohmann/json.hpp>
#include <string>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "libs/status/status.h"
#include "services/kube-adapter/executor/pod_executor.h"
#include "services/kube-adapter/executor/pod_surroundings.h"
#include "services/kube-adapter/kube/api.h"
#include "services/kube-adapter/kube/api_error.h"
#include "services/kube-adapter/kube/json_text.h"

namespace eventreactor::kube {
namespace {

using nlohmann::json;

RunResult CannotRun(const std::string& message) {
  return {v1::COMPLETION_FAILURE, kReasonValidationFailed, message};
}

// Refused for what the object is: it will be refused again. A quota, or a
// right that this service lacks, may change.
bool IsVerdict(const absl::Status& status) {
  if (absl::IsInvalidArgument(status) || IsNamespaceTerminating(status)) return true;
  if (!absl::IsPermissionDenied(status) || IsQuotaExceeded(status)) return false;
  return !absl::StrContains(Message(status), "cannot create resource");
}

// Another run's, or nobody's of ours.
absl::Status CheckOwner(Api& api, const Resource& resource, const ObjectName& name,
                        const std::string& action_uid) {
  const absl::StatusOr<json> found = api.Get(resource, name, {.metadata_only = true});
  if (!found.ok()) return found.status();
  const auto owner = RunOfPod(*found);
  if (owner && owner->uid == action_uid) return absl::OkStatus();
  return InvalidField("metadata.name", absl::StrCat("there is a ", resource.kind, " ", name.name,
                                                    " in the namespace ", name.ns,
                                                    " that does not belong to this Action; "
                                                    "delete it, and run the Action again"));
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
  const absl::StatusOr<PodSurroundings> around = LookAround(api, action);
  if (!around.ok() && !absl::IsInvalidArgument(around.status())) return around.status();
  const absl::StatusOr<PodPlan> plan =
      around.ok() ? PlanPod(action, event, *around, options_.pod) : around.status();
  absl::Status status = plan.ok() ? Create(*plan, run) : plan.status();
  if (!IsVerdict(status)) return status;
  run.Refuse(CannotRun(Message(status)));
  return absl::OkStatus();
}

absl::Status PodExecutor::Create(const PodPlan& plan, PodRun& run) {
  Api api(client_, closing_.get_token());
  const auto create = [&](const Resource& resource, const json& object) -> absl::Status {
    absl::Status status = api.Create(resource, object).status();
    if (!absl::IsAlreadyExists(status)) return status;
    const std::string name = StringAt(ObjectAt(object, "metadata"), "name");
    return CheckOwner(api, resource, {run.key().ns, name}, run.key().uid);
  };
  for (const json& config_map : plan.config_maps) {
    if (absl::Status status = create(ConfigMaps(), config_map); !status.ok()) return status;
  }
  return create(Pods(), plan.pod);
}

}  // namespace eventreactor::kube
