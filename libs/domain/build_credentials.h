// Which of a ServiceAccount's secrets become credentials in HOME, by Knative
// Build's annotations on the Secret. Pure.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "absl/status/statusor.h"

namespace eventreactor {

// A Secret without what it holds.
struct SecretInfo {
  std::string name;
  // kubernetes.io/basic-auth and so on.
  std::string type;
  std::map<std::string, std::string> annotations;
};

// Where the credentials container finds each secret.
inline constexpr char kSecretsDirectory[] = "/var/build-secrets";
// How many of one ServiceAccount's secrets are taken.
inline constexpr size_t kMaxSecrets = 64;

struct Credentials {
  // Of `eventreactor-tool credentials`, such as --basic-git=SECRET=HOST.
  std::vector<std::string> arguments;
  // The secrets to mount, in order.
  std::vector<std::string> secrets;
};

// basic-auth and ssh-auth with build.knative.dev/git-N, basic-auth with
// build.knative.dev/docker-N, dockerconfigjson and dockercfg as they are; all
// others are passed over. INVALID_ARGUMENT for more than kMaxSecrets.
absl::StatusOr<Credentials> CredentialsOf(const std::vector<SecretInfo>& secrets);

}  // namespace eventreactor
