#include "services/kube-adapter/kube/json_text.h"

#include <nlohmann/json.hpp>

#include "libs/status/status.h"

namespace eventreactor::kube {
namespace {

using nlohmann::json;

absl::Status BadJson(const std::string& what) {
  return MakeStatus(absl::StatusCode::kInvalidArgument, "BAD_JSON", what);
}

// Brackets that are open at once, strings left out. Writing and comparing a
// tree takes stack for each.
bool IsTooDeep(std::string_view text) {
  int level = 0;
  for (size_t i = 0; i < text.size(); ++i) {
    switch (text[i]) {
      case '"':
        for (++i; i < text.size() && text[i] != '"'; ++i) {
          if (text[i] == '\\') ++i;
        }
        break;
      case '[':
      case '{':
        if (++level > kMaxJsonLevels) return true;
        break;
      case ']':
      case '}':
        --level;
        break;
      default:
        break;
    }
  }
  return false;
}

}  // namespace

absl::StatusOr<json> ParseJson(std::string_view text) {
  if (IsTooDeep(text)) {
    return BadJson("JSON with more than " + std::to_string(kMaxJsonLevels) + " levels");
  }
  try {
    return json::parse(text);
  } catch (const json::exception& error) {
    return BadJson(error.what());
  }
}

absl::StatusOr<json> ParsePruned(std::string_view text) {
  if (!IsTooDeep(text)) return ParseJson(text);
  try {
    return json::parse(
        text, [](int depth, json::parse_event_t, const json&) { return depth < kMaxJsonLevels; });
  } catch (const json::exception& error) {
    return BadJson(error.what());
  }
}

absl::StatusOr<std::string> DumpJson(const json& value) {
  try {
    return value.dump();
  } catch (const json::exception& error) {
    return BadJson(error.what());
  }
}

std::string StringAt(const json& object, const char* key) {
  if (!object.is_object()) return "";
  const auto found = object.find(key);
  return found != object.end() && found->is_string() ? found->get_ref<const std::string&>() : "";
}

int64_t IntAt(const json& object, const char* key) {
  if (!object.is_object()) return 0;
  const auto found = object.find(key);
  return found != object.end() && found->is_number_integer() ? found->get<int64_t>() : 0;
}

const json& ObjectAt(const json& object, const char* key) {
  static const json nothing = json::object();
  if (!object.is_object()) return nothing;
  const auto found = object.find(key);
  return found != object.end() && found->is_object() ? *found : nothing;
}

const json& ArrayAt(const json& object, const char* key) {
  static const json nothing = json::array();
  if (!object.is_object()) return nothing;
  const auto found = object.find(key);
  return found != object.end() && found->is_array() ? *found : nothing;
}

}  // namespace eventreactor::kube
