// What `docker login` left for a registry. Podman's service finds its own
// login; docker's takes it from whoever asks for the pull.
#pragma once

#include <string>

#include "absl/status/statusor.h"

namespace eventreactor::local {

// The value of the header X-Registry-Auth (Docker Engine API, "Authentication")
// for pulls of `repository`, from the text of a config.json; empty if it has
// none. INVALID_ARGUMENT (INVALID_LOGIN) if the text is not what `docker login`
// writes; the message tells nothing of what is in it. Credential helpers are
// not asked. Pure.
absl::StatusOr<std::string> RegistryAuth(const std::string& config, const std::string& repository);

// The config.json that docker's own command line reads: in $DOCKER_CONFIG, or
// ~/.docker; empty if neither is known.
std::string DockerConfigFile();

}  // namespace eventreactor::local
