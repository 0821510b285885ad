// Where the API server is and who we are to it, from the environment of a Pod
// or from a kubeconfig.
#pragma once

#include <memory>
#include <string>

#include "absl/status/statusor.h"
#include "services/kube-adapter/kube/clock.h"
#include "services/kube-adapter/kube/credentials.h"

namespace eventreactor::kube {

struct Config {
  // https://host:port, with a path where the server is behind one.
  std::string server{};
  // PEM; empty: what the system trusts.
  std::string certificate_authority{};
  // The name to expect in the server's certificate; empty: the server's host.
  std::string tls_server_name{};
  bool insecure_skip_tls_verify = false;
  // http://, https:// or socks5://; empty: none, whatever the environment says.
  std::string proxy_url{};
  // The namespace of the Pod or of the context; "default" where none is given.
  std::string ns = "default";
  // Never null.
  std::shared_ptr<CredentialSource> credentials{};
};

// For tests and tools that know the address: no TLS, no credential.
Config PlainConfig(std::string server);

struct InClusterPaths {
  std::string token = "/var/run/secrets/kubernetes.io/serviceaccount/token";
  std::string certificate_authority = "/var/run/secrets/kubernetes.io/serviceaccount/ca.crt";
  std::string ns = "/var/run/secrets/kubernetes.io/serviceaccount/namespace";
};

// FAILED_PRECONDITION (NOT_IN_CLUSTER) without KUBERNETES_SERVICE_HOST and
// _PORT; INVALID_ARGUMENT (INVALID_CONFIG) names the file that is wrong.
absl::StatusOr<Config> InClusterConfig(const InClusterPaths& paths = {});

// `context` empty: current-context. INVALID_ARGUMENT (INVALID_CONFIG) names
// the file, and as its field the place in it: users[0].user.exec.command.
absl::StatusOr<Config> LoadKubeconfig(const std::string& path, const std::string& context = "",
                                      Clock& clock = SystemClock());

// The kubeconfig of a flag; in-cluster where that is empty. Neither KUBECONFIG
// nor ~/.kube is looked at: a service uses what it was told to.
absl::StatusOr<Config> LoadConfig(const std::string& kubeconfig);

}  // namespace eventreactor::kube
