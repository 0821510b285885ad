#include "libs/domain/build_credentials.h"

#include "absl/strings/str_cat.h"
#include "libs/status/status.h"

namespace eventreactor {
namespace {

constexpr char kGitAnnotation[] = "build.knative.dev/git-";
constexpr char kDockerAnnotation[] = "build.knative.dev/docker-";

// One argument for each annotation with that prefix, in order of key.
void AddAnnotated(const SecretInfo& secret, const std::string& prefix, const std::string& flag,
                  std::vector<std::string>& arguments) {
  for (auto it = secret.annotations.lower_bound(prefix);
       it != secret.annotations.end() && it->first.rfind(prefix, 0) == 0; ++it) {
    arguments.push_back(absl::StrCat(flag, "=", secret.name, "=", it->second));
  }
}

std::vector<std::string> ArgumentsOf(const SecretInfo& secret) {
  std::vector<std::string> arguments;
  if (secret.type == "kubernetes.io/basic-auth") {
    AddAnnotated(secret, kGitAnnotation, "--basic-git", arguments);
    AddAnnotated(secret, kDockerAnnotation, "--basic-docker", arguments);
  } else if (secret.type == "kubernetes.io/ssh-auth") {
    AddAnnotated(secret, kGitAnnotation, "--ssh-git", arguments);
  } else if (secret.type == "kubernetes.io/dockerconfigjson") {
    arguments.push_back(absl::StrCat("--docker-config=", secret.name));
  } else if (secret.type == "kubernetes.io/dockercfg") {
    arguments.push_back(absl::StrCat("--docker-cfg=", secret.name));
  }
  return arguments;
}

}  // namespace

absl::StatusOr<Credentials> CredentialsOf(const std::vector<SecretInfo>& secrets) {
  Credentials credentials;
  for (const SecretInfo& secret : secrets) {
    std::vector<std::string> arguments = ArgumentsOf(secret);
    if (arguments.empty()) continue;
    credentials.secrets.push_back(secret.name);
    credentials.arguments.insert(credentials.arguments.end(), arguments.begin(), arguments.end());
  }
  if (credentials.secrets.size() > kMaxSecrets) {
    return InvalidField(
        "spec.serviceAccountName",
        absl::StrCat("has ", credentials.secrets.size(),
                     " secrets that become credentials; at most ", kMaxSecrets, " are taken"));
  }
  return credentials;
}

}  // namespace eventreactor
