// Credentials from a program, as kubeconfig's users[].user.exec has it
// (client.authentication.k8s.io/v1 and v1beta1).
#pragma once

#include <map>
#include <memory>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "services/kube-adapter/kube/clock.h"
#include "services/kube-adapter/kube/credentials.h"

namespace eventreactor::kube {

struct ExecPlugin {
  // client.authentication.k8s.io/v1 or .../v1beta1.
  std::string api_version{};
  // A path with a slash, or a name to be looked for in PATH.
  std::string command{};
  std::vector<std::string> args{};
  // Beside this process' environment.
  std::map<std::string, std::string> env{};
  // Told to people when the command is not there.
  std::string install_hint{};
  // JSON text of ExecCredential.spec.cluster; empty unless provideClusterInfo.
  std::string cluster_info{};
  absl::Duration timeout = absl::Seconds(60);
};

struct ExecCredential {
  Credential credential;
  // InfiniteFuture where the program gave none.
  absl::Time expires = absl::InfiniteFuture();
};

// Reads what such a program printed. Pure.
absl::StatusOr<ExecCredential> ParseExecCredential(const std::string& api_version,
                                                   const std::string& output);

// What is sent to it in KUBERNETES_EXEC_INFO. Pure.
std::string ExecInfo(const ExecPlugin& plugin);

// Runs the program when there is no credential, when it has expired, and after
// a refusal.
std::shared_ptr<CredentialSource> ExecCredentials(ExecPlugin plugin, Clock& clock);

}  // namespace eventreactor::kube
