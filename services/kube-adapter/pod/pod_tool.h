// Containers of ours beside those of the user. Pure.
#pragma once

#include <nlohmann/json_fwd.hpp>
#include <string>

#include "services/kube-adapter/pod/pod_security.h"

namespace eventreactor::kube {

struct PodTool {
  // Has eventreactor-tool, git and ssh on its PATH.
  std::string image;
  // Empty: the cluster's default for the image's tag.
  std::string pull_policy;
};

// Runs `eventreactor-tool ARGUMENTS`; its last words become its termination
// message.
nlohmann::json ToolContainer(const PodTool& tool, PodSecurity security, const std::string& name,
                             nlohmann::json arguments);

// Copies the Event's files from the volume kEventVolume to kEventDirectory;
// mounts nothing but that volume.
nlohmann::json EventFilesContainer(const PodTool& tool, PodSecurity security,
                                   const std::string& name);

}  // namespace eventreactor::kube
