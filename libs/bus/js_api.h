// Calls to the JetStream API of the server: JSON there and back.
// https://docs.nats.io/reference/reference-protocols/nats_api_reference
#pragma once

#include <nlohmann/json.hpp>
#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "libs/bus/link.h"

namespace eventreactor::bus {

struct ApiAnswer {
  // Of the server's errors.json; 0 if it did what was asked.
  int err_code = 0;
  std::string description;
  nlohmann::json body;

  bool ok() const { return err_code == 0; }
};

inline constexpr int kConsumerNotFound = 10014;
inline constexpr int kMessageNotFound = 10037;
inline constexpr int kSequenceNotFound = 10043;
inline constexpr int kDeleteFailed = 10057;
inline constexpr int kStreamNotFound = 10059;

// An answer that says no is no error here. BUS_DOWN if none came.
absl::StatusOr<ApiAnswer> CallApi(Link& link, const std::string& method,
                                  const nlohmann::json& request,
                                  absl::Duration timeout = absl::Seconds(5));

// What an answer that says no means to a caller who asked about a stream:
// UNAVAILABLE (STREAM_MISSING) or FAILED_PRECONDITION (<reason>).
absl::Status Refused(const ApiAnswer& answer, const std::string& stream, const std::string& what,
                     const std::string& reason);

}  // namespace eventreactor::bus
