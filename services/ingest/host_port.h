// HOST:PORT as flags have it. Pure.
#pragma once

#include <cstdint>
#include <string>

#include "absl/status/statusor.h"

namespace eventreactor::ingest {

struct HostPort {
  // A name or an address; IPv6 without its brackets; empty: every address.
  std::string host;
  uint16_t port = 0;
};

absl::StatusOr<HostPort> ParseHostPort(const std::string& text);

}  // namespace eventreactor::ingest
