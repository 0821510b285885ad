#include "libs/manifest/field_path.h"

#include "absl/strings/ascii.h"
#include "libs/text/utf8.h"

namespace eventreactor::manifest {
namespace {

// Longer keys are shortened: a path is for people.
constexpr size_t kMaxKey = 128;

bool IsWord(const std::string& key) {
  if (key.empty() || key.size() > kMaxKey) return false;
  for (const char c : key) {
    if (!absl::ascii_isalnum(static_cast<unsigned char>(c)) && c != '_' && c != '-') return false;
  }
  return true;
}

}  // namespace

std::string Below(const std::string& path, const std::string& key) {
  if (IsWord(key)) return path.empty() ? key : path + "." + key;
  return path + "[\"" + ValidUtf8(key, kMaxKey) + "\"]";
}

std::string Below(const std::string& path, size_t index) {
  return path + "[" + std::to_string(index) + "]";
}

}  // namespace eventreactor::manifest
