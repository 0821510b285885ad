// Paths of fields as error messages name them: spec.steps[0].env[1].name,
// metadata.labels["a.b/c"].
#pragma once

#include <cstddef>
#include <string>

namespace eventreactor::manifest {

// `key` below `path`; in brackets and quotes where it is no plain word.
std::string Below(const std::string& path, const std::string& key);
std::string Below(const std::string& path, size_t index);

}  // namespace eventreactor::manifest
