// Whether manifests may be sent at all. Pure.
#pragma once

#include <string>
#include <vector>

#include "absl/status/status.h"
#include "cli/manifest_files.h"

namespace eventreactor::cli {

// INVALID_ARGUMENT with the first error of them and where it stands; with the
// command that shows all, where there are more. `paths` are those of -f.
absl::Status CheckManifests(const std::vector<ManifestText>& texts,
                            const std::vector<std::string>& paths, const std::string& ns);

}  // namespace eventreactor::cli
