#include "libs/manifest/json_reader.h"

#include <functional>
#include <set>
#include <utility>
#include <vector>

namespace eventreactor::manifest {
namespace {

using nlohmann::json;

constexpr int kMaxDepth = 50;

// Sees each key as it is read; nlohmann/json itself keeps the last of two.
class Watcher {
 public:
  bool operator()(int depth, json::parse_event_t event, json& parsed) {
    if (event == json::parse_event_t::object_start) keys_.emplace_back();
    if (event == json::parse_event_t::object_start || event == json::parse_event_t::array_start) {
      strict_ = strict_ && depth < kMaxDepth;
    }
    if (event == json::parse_event_t::object_end) keys_.pop_back();
    if (event == json::parse_event_t::key) {
      strict_ = strict_ && keys_.back().insert(parsed.get<std::string>()).second;
    }
    return true;
  }
  bool strict() const { return strict_; }

 private:
  std::vector<std::set<std::string>> keys_;
  bool strict_ = true;
};

}  // namespace

std::optional<json> ReadJson(const std::string& text) {
  Watcher watcher;
  json value = json::parse(text, std::ref(watcher), /*allow_exceptions=*/false);
  if (value.is_discarded() || !watcher.strict()) return std::nullopt;
  return value;
}

}  // namespace eventreactor::manifest
