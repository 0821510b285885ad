// Errors as HTTP answers: RFC 9457 problem details. Pure.
#pragma once

#include <nlohmann/json_fwd.hpp>

#include "absl/status/status.h"
#include "services/ingest/http_message.h"

namespace eventreactor::ingest {

// Reasons that only HTTP has; each has a status of its own.
inline constexpr char kBadRequest[] = "BAD_REQUEST";                         // 400
inline constexpr char kNoSuchPath[] = "NO_SUCH_PATH";                        // 404
inline constexpr char kMethodNotAllowed[] = "METHOD_NOT_ALLOWED";            // 405
inline constexpr char kRequestTooSlow[] = "REQUEST_TOO_SLOW";                // 408
inline constexpr char kBodyTooLarge[] = "BODY_TOO_LARGE";                    // 413
inline constexpr char kTargetTooLong[] = "TARGET_TOO_LONG";                  // 414
inline constexpr char kUnknownExpectation[] = "UNKNOWN_EXPECTATION";         // 417
inline constexpr char kHeadTooLarge[] = "HEAD_TOO_LARGE";                    // 431
inline constexpr char kUnknownTransferCoding[] = "UNKNOWN_TRANSFER_CODING";  // 501
inline constexpr char kServerBusy[] = "SERVER_BUSY";                         // 503

// The HTTP status that says the same: by the reason where it has one of its
// own, else by the canonical code.
int HttpStatus(const absl::Status& status);

// Problem details with type, title, status, detail, reason and field.
nlohmann::ordered_json Problem(const absl::Status& status);

// application/problem+json with those; WWW-Authenticate with a 401, Accept or
// Accept-Encoding with a 415, Retry-After with a 429 or 503.
HttpResponse ProblemResponse(const absl::Status& status);

}  // namespace eventreactor::ingest
