// What `docker login` left for a registry. Podman's service finds its own
// login; docker's takes it from whoever asks for the pull.
#pragma once

#include <functional>
#include <string>

#include "absl/status/statusor.h"

namespace eventreactor::local {

// Asks a credential helper, such as docker-credential-pass, for the login of a
// server: what it prints, or an error in words (credential_helper.h).
using AskHelper = std::function<absl::StatusOr<std::string>(const std::string& helper,
                                                            const std::string& server)>;

// The value of the header X-Registry-Auth (Docker Engine API, "Authentication")
// for pulls of `repository`, from the text of a config.json; empty if it has
// none. What credHelpers has for the registry goes before credsStore, and both
// before auths, as with docker. INVALID_ARGUMENT (INVALID_LOGIN) if the text is
// not what `docker login` writes; the message tells nothing of what is in it.
// The helper's error if it is the only one that could have the login. Pure but
// for `ask`.
absl::StatusOr<std::string> RegistryAuth(const std::string& config, const std::string& repository,
                                         const AskHelper& ask);

// The config.json that docker's own command line reads: in $DOCKER_CONFIG, or
// ~/.docker; empty if neither is known.
std::string DockerConfigFile();

}  // namespace eventreactor::local
