// JSON text, read as strictly as the YAML.
#pragma once

#include <nlohmann/json.hpp>
#include <optional>
#include <string>

namespace eventreactor::manifest {

// Nothing if `text` is not one JSON value, or has a key twice in an object or
// more than 50 levels: YAML's reader then says why, with line and column.
std::optional<nlohmann::json> ReadJson(const std::string& text);

}  // namespace eventreactor::manifest
