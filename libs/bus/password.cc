#include "libs/bus/password.h"

#include <algorithm>
#include <fstream>

#include "libs/status/status.h"

namespace eventreactor::bus {

absl::StatusOr<std::string> ReadPassword(const std::string& path) {
  if (path.empty()) return std::string();
  std::ifstream file(path);
  std::string line;
  if (!file || !std::getline(file, line)) {
    return InvalidField("nats-password-file", "cannot read a password from " + path);
  }
  if (!line.empty() && line.back() == '\r') line.pop_back();
  if (!CanConnectWith(line)) {
    return InvalidField(
        "nats-password-file",
        path + " has a quote, a backslash or a control character in its first line");
  }
  return line;
}

bool CanConnectWith(const std::string& text) {
  return std::none_of(text.begin(), text.end(), [](char c) {
    const auto byte = static_cast<unsigned char>(c);
    return c == '"' || c == '\\' || byte < 0x20 || byte == 0x7F;
  });
}

}  // namespace eventreactor::bus
