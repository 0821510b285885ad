#include "libs/manifest/refusal.h"

#include <nlohmann/json.hpp>

#include "absl/strings/str_join.h"
#include "libs/manifest/suggestion.h"
#include "libs/status/status.h"
#include "libs/text/utf8.h"

namespace eventreactor::manifest {

using nlohmann::json;

std::string Shown(const json& value) {
  constexpr size_t kMaxShown = 64;
  return ValidUtf8(value.dump(-1, ' ', false, json::error_handler_t::replace), kMaxShown);
}

absl::Status Expected(const std::string& path, const std::string& what, const json& value) {
  return InvalidField(path.empty() ? "manifest" : path,
                      "expected " + what + ", got " + Shown(value), "WRONG_TYPE");
}

absl::Status Unknown(const std::string& path, const std::string& name,
                     const std::vector<std::string>& known) {
  constexpr size_t kMaxListed = 8;
  std::string message = "is unknown";
  const std::string near = Closest(name, known);
  if (!near.empty()) {
    message += "; did you mean \"" + near + "\"?";
  } else if (known.size() == 1) {
    message += "; expected " + known.front();
  } else if (known.size() > 1 && known.size() <= kMaxListed) {
    message += "; expected one of " + absl::StrJoin(known, ", ");
  }
  return InvalidField(path, message, "UNKNOWN_FIELD");
}

absl::Status CheckUtf8(const std::string& path, const std::string& text) {
  if (FindInvalidUtf8(text) == std::string::npos) return absl::OkStatus();
  return InvalidField(path, "holds bytes that are not UTF-8", "WRONG_TYPE");
}

}  // namespace eventreactor::manifest
