// A source or step as an init container: what the user wrote passes whole,
// and what it lacks is added. Pure.
#pragma once

#include <google/protobuf/struct.pb.h>

#include <nlohmann/json.hpp>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/statusor.h"

namespace eventreactor::kube {

inline constexpr char kWorkspaceVolume[] = "workspace";
inline constexpr char kHomeVolume[] = "home";

// A text as a literal where the kubelet would expand $(NAME).
std::string EscapeVariables(const std::string& text);

// Kubernetes EnvVars with those values, taken literally.
nlohmann::json LiteralEnv(const std::vector<std::pair<std::string, std::string>>& variables);

// The mounts of /workspace and HOME. With a sub_path that directory of the
// workspace is /workspace, with the Event's files in it as ever.
nlohmann::json SharedMounts(const std::string& sub_path = "");

// The user's container with that name, /workspace as its default workingDir,
// `env` before its own and `mounts` but for paths that it mounts itself.
// INVALID_ARGUMENT with the field within the container for what an init
// container cannot have.
absl::StatusOr<nlohmann::json> InitContainer(const google::protobuf::Struct& container,
                                             const std::string& name, const nlohmann::json& env,
                                             const nlohmann::json& mounts);

}  // namespace eventreactor::kube
