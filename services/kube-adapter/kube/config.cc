#include "services/kube-adapter/kube/config.h"

#include <cstdlib>
#include <utility>

#include "absl/strings/ascii.h"
#include "libs/status/status.h"
#include "services/kube-adapter/kube/file.h"

namespace eventreactor::kube {
namespace {

std::string Environment(const char* name) {
  const char* const value = std::getenv(name);
  return value == nullptr ? "" : value;
}

absl::StatusOr<std::string> Read(const std::string& path) {
  absl::StatusOr<std::string> content = ReadFile(path);
  if (!content.ok()) {
    return MakeStatus(absl::StatusCode::kInvalidArgument, "INVALID_CONFIG",
                      Message(content.status()), path);
  }
  return content;
}

}  // namespace

Config PlainConfig(std::string server) {
  Config config;
  config.server = std::move(server);
  config.credentials = FixedCredential({});
  return config;
}

absl::StatusOr<Config> InClusterConfig(const InClusterPaths& paths) {
  const std::string host = Environment("KUBERNETES_SERVICE_HOST");
  const std::string port = Environment("KUBERNETES_SERVICE_PORT");
  if (host.empty() || port.empty()) {
    return MakeStatus(absl::StatusCode::kFailedPrecondition, "NOT_IN_CLUSTER",
                      "KUBERNETES_SERVICE_HOST and KUBERNETES_SERVICE_PORT are not set: this is "
                      "no Pod; say which cluster is meant by --kubeconfig");
  }
  Config config;
  // An IPv6 address stands in brackets.
  config.server =
      "https://" + (host.find(':') == std::string::npos ? host : "[" + host + "]") + ":" + port;
  absl::StatusOr<std::string> authority = Read(paths.certificate_authority);
  if (!authority.ok()) return authority.status();
  config.certificate_authority = *std::move(authority);
  if (config.certificate_authority.find("-----BEGIN CERTIFICATE-----") == std::string::npos) {
    return MakeStatus(absl::StatusCode::kInvalidArgument, "INVALID_CONFIG",
                      paths.certificate_authority + " holds no certificate (PEM)",
                      paths.certificate_authority);
  }
  const absl::StatusOr<std::string> ns = ReadFile(paths.ns);
  if (ns.ok()) config.ns = std::string(absl::StripAsciiWhitespace(*ns));
  config.credentials = TokenFile(paths.token);
  const absl::StatusOr<Credential> token = config.credentials->Fetch();
  if (!token.ok()) {
    return MakeStatus(absl::StatusCode::kInvalidArgument, "INVALID_CONFIG", Message(token.status()),
                      paths.token);
  }
  return config;
}

absl::StatusOr<Config> LoadConfig(const std::string& kubeconfig) {
  return kubeconfig.empty() ? InClusterConfig() : LoadKubeconfig(kubeconfig);
}

}  // namespace eventreactor::kube
