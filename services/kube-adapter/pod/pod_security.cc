#include "services/kube-adapter/pod/pod_security.h"

#include <nlohmann/json.hpp>

namespace eventreactor::kube {
namespace {

using nlohmann::json;

void SetDefault(json& object, const char* key, json value) {
  if (!object.contains(key) || object[key].is_null()) object[key] = std::move(value);
}

}  // namespace

PodSecurity EnforcedSecurity(const std::map<std::string, std::string>& namespace_labels) {
  const auto level = namespace_labels.find("pod-security.kubernetes.io/enforce");
  return level != namespace_labels.end() && level->second == "restricted"
             ? PodSecurity::kRestricted
             : PodSecurity::kUnrestricted;
}

json PodSecurityContext(PodSecurity security) {
  if (security == PodSecurity::kUnrestricted) return json::object();
  // A user is given too: most images say root, and would be refused.
  return {{"runAsNonRoot", true},
          {"runAsUser", kRestrictedId},
          {"runAsGroup", kRestrictedId},
          {"fsGroup", kRestrictedId},
          {"seccompProfile", {{"type", "RuntimeDefault"}}}};
}

void SecureContainer(PodSecurity security, json& container) {
  if (security == PodSecurity::kUnrestricted) return;
  json& context = container["securityContext"];
  if (context.is_null()) context = json::object();
  if (!context.is_object()) return;
  SetDefault(context, "allowPrivilegeEscalation", false);
  json& capabilities = context["capabilities"];
  if (capabilities.is_null()) capabilities = json::object();
  if (capabilities.is_object()) SetDefault(capabilities, "drop", json::array({"ALL"}));
}

void SecureToolContainer(PodSecurity security, json& container) {
  container["securityContext"] = {{"allowPrivilegeEscalation", false}};
  if (security == PodSecurity::kUnrestricted) container["securityContext"]["runAsUser"] = 0;
  SecureContainer(security, container);
}

}  // namespace eventreactor::kube
