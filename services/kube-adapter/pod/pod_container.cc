#include "services/kube-adapter/pod/pod_container.h"

#include <set>

#include "libs/domain/event_context.h"
#include "libs/manifest/struct_json.h"
#include "libs/status/status.h"

namespace eventreactor::kube {
namespace {

using nlohmann::json;

bool Has(const json& container, const char* field) {
  const auto member = container.find(field);
  return member != container.end() && !member->is_null() && !member->empty();
}

// What the API server knows on ordinary containers only. It would refuse the
// Pod with words about a Pod that the user never wrote.
absl::Status CheckInit(const json& container) {
  for (const char* field : {"lifecycle", "livenessProbe", "readinessProbe", "startupProbe"}) {
    if (Has(container, field)) {
      return InvalidField(field,
                          "is for containers that stay; a step runs to its end and has none");
    }
  }
  for (const char* field : {"restartPolicy", "restartPolicyRules"}) {
    if (Has(container, field)) {
      return InvalidField(field, "is not for steps: each runs once, after the one before it");
    }
  }
  if (Has(container, "volumeMounts") && !container["volumeMounts"].is_array()) {
    return InvalidField("volumeMounts", "is no list; expected a list of name and mountPath");
  }
  return absl::OkStatus();
}

std::string MountPath(const json& mount) {
  const auto path = mount.is_object() ? mount.find("mountPath") : mount.end();
  if (path == mount.end() || !path->is_string()) return "";
  std::string text = path->get<std::string>();
  while (text.size() > 1 && text.back() == '/') text.pop_back();
  return text;
}

}  // namespace

std::string EscapeVariables(const std::string& text) {
  std::string escaped;
  escaped.reserve(text.size());
  for (const char c : text) {
    if (c == '$') escaped.push_back(c);
    escaped.push_back(c);
  }
  return escaped;
}

json LiteralEnv(const std::vector<std::pair<std::string, std::string>>& variables) {
  json env = json::array();
  for (const auto& [name, value] : variables) {
    env.push_back({{"name", name}, {"value", EscapeVariables(value)}});
  }
  return env;
}

json SharedMounts(const std::string& sub_path) {
  json workspace = {{"name", kWorkspaceVolume}, {"mountPath", kWorkspace}};
  json mounts = json::array();
  if (sub_path.empty()) {
    mounts.push_back(std::move(workspace));
  } else {
    workspace["subPath"] = sub_path;
    mounts.push_back(std::move(workspace));
    mounts.push_back(
        {{"name", kWorkspaceVolume}, {"mountPath", kEventDirectory}, {"subPath", ".event"}});
  }
  mounts.push_back({{"name", kHomeVolume}, {"mountPath", kHome}});
  return mounts;
}

absl::StatusOr<json> InitContainer(const google::protobuf::Struct& fields, const std::string& name,
                                   const json& env, const json& mounts) {
  json container = manifest::StructToJson(fields);
  if (absl::Status status = CheckInit(container); !status.ok()) return status;
  container["name"] = name;
  if (!Has(container, "workingDir")) container["workingDir"] = kWorkspace;

  json all_env = env;
  if (Has(container, "env")) {
    all_env.insert(all_env.end(), container["env"].begin(), container["env"].end());
  }
  container["env"] = std::move(all_env);

  json all_mounts = Has(container, "volumeMounts") ? container["volumeMounts"] : json::array();
  std::set<std::string> taken;
  for (const json& mount : all_mounts) taken.insert(MountPath(mount));
  // Where /workspace is the user's own, a part of ours has no place in it.
  std::set<json> left_out;
  for (const json& mount : mounts) {
    if (taken.count(MountPath(mount)) > 0 || left_out.count(mount["name"]) > 0) {
      left_out.insert(mount["name"]);
    } else {
      all_mounts.push_back(mount);
    }
  }
  container["volumeMounts"] = std::move(all_mounts);
  return container;
}

}  // namespace eventreactor::kube
