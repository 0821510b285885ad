// Mending what is wrong with a manifest in a copy, so that the next error
// shows. Pure.
#pragma once

#include <nlohmann/json_fwd.hpp>
#include <string>
#include <vector>

namespace eventreactor::cli {

// A path such as spec.steps[0].env["a.b"] in its parts; numbers are indexes.
std::vector<std::string> PartsOf(const std::string& path);

// What stands there; null if nothing does.
nlohmann::json* Find(nlohmann::json& root, const std::vector<std::string>& parts);

// Whose values it puts in where something has to be.
enum class Stock {
  kPipeline,
  kDocument,  // a ConfigMap, Secret, ServiceAccount or template
};

struct Mended {
  // Empty if there is nothing left to mend.
  std::string path;
  // More than the field's own value: what it held, or what is around it, was
  // not looked at.
  bool is_more = false;
};

// Gives what stands at `path` a value that is right, or removes it; what is
// around it goes where it cannot be removed alone. `above` of the path's last
// parts are known to be not enough.
Mended Mend(nlohmann::json& root, const std::string& path, int above,
            Stock stock = Stock::kPipeline);

}  // namespace eventreactor::cli
