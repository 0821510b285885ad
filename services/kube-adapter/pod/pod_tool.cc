#include "services/kube-adapter/pod/pod_tool.h"

#include <nlohmann/json.hpp>
#include <utility>

#include "absl/strings/str_cat.h"
#include "libs/domain/event_context.h"
#include "services/kube-adapter/pod/pod_event_files.h"

namespace eventreactor::kube {

using nlohmann::json;

json ToolContainer(const PodTool& tool, PodSecurity security, const std::string& name,
                   json arguments) {
  json container = {{"name", name},
                    {"image", tool.image},
                    {"command", json::array({"eventreactor-tool"})},
                    {"args", std::move(arguments)},
                    {"terminationMessagePolicy", "FallbackToLogsOnError"}};
  if (!tool.pull_policy.empty()) container["imagePullPolicy"] = tool.pull_policy;
  SecureToolContainer(security, container);
  return container;
}

json EventFilesContainer(const PodTool& tool, PodSecurity security, const std::string& name) {
  json container = ToolContainer(tool, security, name,
                                 json::array({"event-files", absl::StrCat("--from=", kEventSource),
                                              absl::StrCat("--to=", kEventDirectory)}));
  container["volumeMounts"] =
      json::array({{{"name", kEventVolume}, {"mountPath", kEventSource}, {"readOnly", true}}});
  return container;
}

}  // namespace eventreactor::kube
