// Pods for namespaces that enforce the `restricted` Pod Security level, and
// for all others. Pure.
#pragma once

#include <map>
#include <nlohmann/json_fwd.hpp>
#include <string>

namespace eventreactor::kube {

enum class PodSecurity {
  // Containers run as their images say, as root if need be.
  kUnrestricted,
  // https://kubernetes.io/docs/concepts/security/pod-security-standards
  kRestricted,
};

// By the label pod-security.kubernetes.io/enforce of the namespace.
PodSecurity EnforcedSecurity(const std::map<std::string, std::string>& namespace_labels);

// The user and group of containers that name none in a restricted namespace,
// and the group that its volumes are writable for.
inline constexpr int kRestrictedId = 65532;

// spec.securityContext of the Pod.
nlohmann::json PodSecurityContext(PodSecurity security);

// Adds to a user's container what the level asks for and the user did not
// say. What the user said stays: the API server judges it.
void SecureContainer(PodSecurity security, nlohmann::json& container);

// The same for a container of ours: as root where that is allowed, as the
// files that it writes are for steps that run as root there.
void SecureToolContainer(PodSecurity security, nlohmann::json& container);

}  // namespace eventreactor::kube
