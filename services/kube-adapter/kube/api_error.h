// What the API server says no with: a Status object, as an absl::Status with
// the whole of it attached. Pure.
//
//   400 INVALID_ARGUMENT       409 Conflict      ABORTED
//   401 UNAUTHENTICATED        409 AlreadyExists ALREADY_EXISTS
//   403 PERMISSION_DENIED      410 OUT_OF_RANGE
//   404 NOT_FOUND              422 INVALID_ARGUMENT
//   405, 406, 415, 501         UNIMPLEMENTED
//   408, 429, 500, 502 to 504  UNAVAILABLE
//   413 RESOURCE_EXHAUSTED     any other          INTERNAL
//
// The reason is the server's (NotFound becomes NOT_FOUND), the field that of
// its first cause. Failures on the way there are UNAVAILABLE (API_UNREACHABLE)
// or (API_TIMEOUT).
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/time/time.h"

namespace eventreactor::kube {

struct ApiCause {
  // Such as FieldValueRequired.
  std::string reason{};
  std::string message{};
  std::string field{};
};

struct ApiError {
  // The HTTP status.
  int code = 0;
  // As the server wrote it, such as AlreadyExists; may be empty.
  std::string reason{};
  std::string message{};
  // Of the object in question.
  std::string group{};
  std::string kind{};
  std::string name{};
  std::string uid{};
  std::vector<ApiCause> causes{};
  // Zero: it did not say when to come again.
  absl::Duration retry_after{};
};

// `code` and `body` of an answer that is not 2xx, or of an ERROR in a watch;
// `retry_after` is the header's value. Any text does for a body.
ApiError ParseApiError(int code, const std::string& body, const std::string& retry_after = "");

// `what` is the request in words: "GET /api/v1/pods".
absl::Status ToStatus(const ApiError& error, const std::string& what);

// What was attached; nothing if the status did not come from an API server.
std::optional<ApiError> ApiErrorOf(const absl::Status& status);

// When the server asked to be called again; zero where it did not.
absl::Duration RetryAfter(const absl::Status& status);

// A 403 or 409 because the namespace is being deleted: nothing can be made in
// it any more.
bool IsNamespaceTerminating(const absl::Status& status);

// A 403 because a quota is used up: later it may work.
bool IsQuotaExceeded(const absl::Status& status);

}  // namespace eventreactor::kube
