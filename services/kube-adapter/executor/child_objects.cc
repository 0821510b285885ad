#include "services/kube-adapter/executor/child_objects.h"

#include <nlohmann/json.hpp>
#include <optional>
#include <string>

#include "absl/strings/str_cat.h"
#include "libs/status/status.h"
#include "services/kube-adapter/executor/child_cache.h"
#include "services/kube-adapter/executor/start_refusal.h"
#include "services/kube-adapter/kube/json_text.h"

namespace eventreactor::kube {
namespace {

using nlohmann::json;

ObjectName NameOf(const json& object) {
  const json& metadata = ObjectAt(object, "metadata");
  return {StringAt(metadata, "namespace"), StringAt(metadata, "name")};
}

// Another run's, or nobody's of ours.
absl::Status CheckOwner(Api& api, const Resource& resource, const ObjectName& name,
                        const std::string& action_uid) {
  const absl::StatusOr<json> found = api.Get(resource, name, {.metadata_only = true});
  if (!found.ok()) return found.status();
  const auto owner = RunOfChild(*found);
  if (owner && owner->uid == action_uid) return absl::OkStatus();
  return InvalidField("metadata.name", absl::StrCat("there is a ", resource.kind, " ", name.name,
                                                    " in the namespace ", name.ns,
                                                    " that does not belong to this Action; "
                                                    "delete it, and run the Action again"));
}

}  // namespace

absl::Status CreateChild(Api& api, const Resource& resource, const json& object,
                         const std::string& action_uid) {
  absl::Status status = api.Create(resource, object).status();
  if (!absl::IsAlreadyExists(status)) return status;
  return CheckOwner(api, resource, NameOf(object), action_uid);
}

absl::Status CreateChildren(Api& api, const std::vector<json>& config_maps,
                            const Resource& resource, const json& object,
                            const std::string& action_uid) {
  size_t made = 0;
  absl::Status status;
  for (const json& config_map : config_maps) {
    status = CreateChild(api, ConfigMaps(), config_map, action_uid);
    if (!status.ok()) break;
    ++made;
  }
  if (status.ok()) status = CreateChild(api, resource, object, action_uid);
  if (status.ok() || RefusalOf(status) != StartRefusal::kFinal) return status;
  for (size_t i = 0; i < made; ++i) {
    // What stays belongs to the Action, and goes with it.
    api.Delete(ConfigMaps(), NameOf(config_maps[i])).status().IgnoreError();
  }
  return status;
}

}  // namespace eventreactor::kube
