#include "services/ingest/host_port.h"

#include <algorithm>

#include "absl/strings/numbers.h"
#include "libs/status/status.h"

namespace eventreactor::ingest {

absl::StatusOr<HostPort> ParseHostPort(const std::string& text) {
  const absl::Status bad =
      MakeStatus(absl::StatusCode::kInvalidArgument, "BAD_ADDRESS",
                 "must be HOST:PORT such as 127.0.0.1:14380 or [::1]:14380, not \"" + text + "\"");
  const size_t colon = text.rfind(':');
  if (colon == std::string::npos) return bad;
  HostPort result;
  result.host = text.substr(0, colon);
  if (result.host.size() > 2 && result.host.front() == '[' && result.host.back() == ']') {
    result.host = result.host.substr(1, result.host.size() - 2);
  } else if (result.host.find_first_of(":[]") != std::string::npos) {
    return bad;
  }
  const std::string digits = text.substr(colon + 1);
  const bool all_digits =
      std::all_of(digits.begin(), digits.end(), [](char c) { return c >= '0' && c <= '9'; });
  uint32_t port = 0;
  if (!all_digits || !absl::SimpleAtoi(digits, &port) || port > 65535) return bad;
  result.port = static_cast<uint16_t>(port);
  return result;
}

}  // namespace eventreactor::ingest
