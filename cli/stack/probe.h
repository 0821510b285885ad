// What answers on an address: the small questions that need no client
// library. Thread-safe.
#pragma once

#include <string>

#include "absl/status/status.h"
#include "absl/time/time.h"

namespace eventreactor::stack {

// OK if an HTTP server answers GET `path` with 200 within `timeout`.
// `address` is unix:///SOCKET or host:port with an IP address. UNAVAILABLE,
// in words, otherwise.
absl::Status HttpAnswers(const std::string& address, const std::string& path,
                         absl::Duration timeout);

// OK if a server can listen there now; FAILED_PRECONDITION (PORT_IN_USE) if
// another does.
absl::Status CanListen(const std::string& host, int port);

}  // namespace eventreactor::stack
