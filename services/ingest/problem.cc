#include "services/ingest/problem.h"

#include <map>
#include <nlohmann/json.hpp>
#include <string>

#include "libs/cloudevents/http.h"
#include "libs/status/status.h"
#include "services/ingest/quotas.h"

namespace eventreactor::ingest {
namespace {

// Long enough to spare a full bus, short enough to notice that it is back.
constexpr char kRetryAfterSeconds[] = "2";

int StatusOfCode(absl::StatusCode code) {
  switch (code) {
    case absl::StatusCode::kInvalidArgument:
    case absl::StatusCode::kOutOfRange:
    case absl::StatusCode::kFailedPrecondition:
      return 400;
    case absl::StatusCode::kUnauthenticated:
      return 401;
    case absl::StatusCode::kPermissionDenied:
      return 403;
    case absl::StatusCode::kNotFound:
      return 404;
    case absl::StatusCode::kUnavailable:
    case absl::StatusCode::kResourceExhausted:
    case absl::StatusCode::kDeadlineExceeded:
    case absl::StatusCode::kCancelled:
    case absl::StatusCode::kAborted:
      return 503;
    default:
      return 500;
  }
}

const char* Title(int status) {
  switch (status) {
    case 400:
      return "Bad Request";
    case 401:
      return "Unauthorized";
    case 403:
      return "Forbidden";
    case 404:
      return "Not Found";
    case 405:
      return "Method Not Allowed";
    case 408:
      return "Request Timeout";
    case 413:
      return "Content Too Large";
    case 414:
      return "URI Too Long";
    case 415:
      return "Unsupported Media Type";
    case 417:
      return "Expectation Failed";
    case 429:
      return "Too Many Requests";
    case 431:
      return "Request Header Fields Too Large";
    case 501:
      return "Not Implemented";
    case 503:
      return "Service Unavailable";
    default:
      return "Internal Server Error";
  }
}

}  // namespace

int HttpStatus(const absl::Status& status) {
  static const std::map<std::string, int> kByReason = {
      {kMethodNotAllowed, 405},
      {kRequestTooSlow, 408},
      {kBodyTooLarge, 413},
      {cloudevents::kBatchTooLarge, 413},
      {"DATA_TOO_LARGE", 413},
      {"MESSAGE_TOO_LARGE", 413},
      {cloudevents::kUnsupportedContentType, 415},
      {kTargetTooLong, 414},
      {kUnknownExpectation, 417},
      {kClientQuotaExceeded, 429},
      {kNamespaceQuotaExceeded, 429},
      {kHeadTooLarge, 431},
      {kUnknownTransferCoding, 501},
  };
  const auto found = kByReason.find(Reason(status));
  return found != kByReason.end() ? found->second : StatusOfCode(status.code());
}

nlohmann::ordered_json Problem(const absl::Status& status) {
  const int code = HttpStatus(status);
  nlohmann::ordered_json problem = {{"type", "about:blank"},
                                    {"title", Title(code)},
                                    {"status", code},
                                    {"detail", Message(status)},
                                    {"reason", Reason(status)}};
  if (!Field(status).empty()) problem["field"] = Field(status);
  return problem;
}

HttpResponse ProblemResponse(const absl::Status& status) {
  HttpResponse response;
  response.status = HttpStatus(status);
  response.content_type = "application/problem+json";
  // Messages may quote what somebody sent; a bad byte must not become a 500.
  response.body = Problem(status).dump(-1, ' ', false, nlohmann::json::error_handler_t::replace);
  response.body += '\n';
  if (response.status == 401) response.headers.emplace_back("WWW-Authenticate", "Bearer");
  if (response.status == 415 && Field(status) == "content-encoding") {
    response.headers.emplace_back("Accept-Encoding", "identity");
  } else if (response.status == 415) {
    response.headers.emplace_back("Accept", cloudevents::kEventContentTypes);
  }
  if (const auto wait = RetryAfter(status)) {
    response.headers.emplace_back("Retry-After", std::to_string(absl::ToInt64Seconds(*wait)));
  } else if (response.status == 503) {
    response.headers.emplace_back("Retry-After", kRetryAfterSeconds);
  }
  return response;
}

}  // namespace eventreactor::ingest
