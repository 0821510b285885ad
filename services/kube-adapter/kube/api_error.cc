#include "services/kube-adapter/kube/api_error.h"

#include <algorithm>
#include <charconv>
#include <nlohmann/json.hpp>

#include "absl/strings/ascii.h"
#include "absl/strings/cord.h"
#include "absl/strings/str_cat.h"
#include "libs/status/status.h"
#include "libs/text/utf8.h"
#include "services/kube-adapter/kube/json_text.h"

namespace eventreactor::kube {
namespace {

using nlohmann::json;
using Code = absl::StatusCode;

constexpr char kErrorUrl[] = "eventreactor/kube-error";
// Of a message, and of a body that is no Status.
constexpr size_t kMaxMessage = 4096;
constexpr size_t kMaxCauses = 64;
constexpr absl::Duration kLongestRetryAfter = absl::Minutes(10);

Code CodeOf(const ApiError& error) {
  switch (error.code) {
    case 400:
    case 422:
      return Code::kInvalidArgument;
    case 401:
      return Code::kUnauthenticated;
    case 403:
      return Code::kPermissionDenied;
    case 404:
      return Code::kNotFound;
    case 409:
      return error.reason == "AlreadyExists" ? Code::kAlreadyExists : Code::kAborted;
    case 410:
      return Code::kOutOfRange;
    case 405:
    case 406:
    case 415:
    case 501:
      return Code::kUnimplemented;
    case 413:
      return Code::kResourceExhausted;
    case 408:
    case 429:
    case 500:
    case 502:
    case 503:
    case 504:
      return Code::kUnavailable;
    default:
      return Code::kInternal;
  }
}

// Where the body did not say: a proxy answered, or a server that is starting.
const char* ReasonOf(int code) {
  switch (code) {
    case 400:
      return "BadRequest";
    case 401:
      return "Unauthorized";
    case 403:
      return "Forbidden";
    case 404:
      return "NotFound";
    case 409:
      return "Conflict";
    case 410:
      return "Gone";
    case 422:
      return "Invalid";
    case 429:
      return "TooManyRequests";
    case 503:
      return "ServiceUnavailable";
    case 504:
      return "Timeout";
    default:
      return code >= 500 ? "InternalError" : "UnexpectedAnswer";
  }
}

// AlreadyExists becomes ALREADY_EXISTS.
std::string UpperSnake(const std::string& camel) {
  std::string snake;
  for (const char c : camel) {
    if (!absl::ascii_isalnum(static_cast<unsigned char>(c))) continue;
    if (absl::ascii_isupper(static_cast<unsigned char>(c)) && !snake.empty()) snake.push_back('_');
    snake.push_back(absl::ascii_toupper(static_cast<unsigned char>(c)));
  }
  return snake;
}

absl::Duration SecondsOf(const std::string& text) {
  int64_t seconds = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), seconds);
  if (error != std::errc() || end != text.data() + text.size() || seconds < 0) {
    return absl::ZeroDuration();
  }
  return absl::Seconds(seconds);
}

json ToJson(const ApiError& error) {
  json causes = json::array();
  for (const ApiCause& cause : error.causes) {
    causes.push_back(
        {{"reason", cause.reason}, {"message", cause.message}, {"field", cause.field}});
  }
  return {{"code", error.code},
          {"reason", error.reason},
          {"message", error.message},
          {"details",
           {{"group", error.group},
            {"kind", error.kind},
            {"name", error.name},
            {"uid", error.uid},
            {"causes", std::move(causes)},
            {"retryAfterMilliseconds", absl::ToInt64Milliseconds(error.retry_after)}}}};
}

void ReadStatus(const json& status, ApiError& error) {
  error.reason = StringAt(status, "reason");
  error.message = StringAt(status, "message");
  const json& details = ObjectAt(status, "details");
  error.group = StringAt(details, "group");
  error.kind = StringAt(details, "kind");
  error.name = StringAt(details, "name");
  error.uid = StringAt(details, "uid");
  for (const json& cause : ArrayAt(details, "causes")) {
    if (error.causes.size() == kMaxCauses) break;
    error.causes.push_back(
        {StringAt(cause, "reason"), StringAt(cause, "message"), StringAt(cause, "field")});
  }
  const absl::Duration retry_after = absl::Seconds(IntAt(details, "retryAfterSeconds"));
  error.retry_after = std::max({error.retry_after, retry_after,
                                absl::Milliseconds(IntAt(details, "retryAfterMilliseconds"))});
}

bool HasCause(const ApiError& error, const std::string& reason) {
  return std::any_of(error.causes.begin(), error.causes.end(),
                     [&](const ApiCause& cause) { return cause.reason == reason; });
}

}  // namespace

ApiError ParseApiError(int code, const std::string& body, const std::string& retry_after) {
  ApiError error;
  error.code = code;
  error.retry_after = SecondsOf(retry_after);
  const absl::StatusOr<json> status = ParseJson(body);
  if (status.ok() && StringAt(*status, "kind") == "Status") {
    ReadStatus(*status, error);
  } else {
    error.message = std::string(absl::StripAsciiWhitespace(body));
  }
  error.message = ValidUtf8(error.message, kMaxMessage);
  error.retry_after = std::clamp(error.retry_after, absl::ZeroDuration(), kLongestRetryAfter);
  return error;
}

absl::Status ToStatus(const ApiError& error, const std::string& what) {
  const std::string reason = error.reason.empty() ? ReasonOf(error.code) : error.reason;
  std::string message = absl::StrCat(what, ": ", error.message.empty() ? reason : error.message);
  if (error.reason.empty()) absl::StrAppend(&message, " (HTTP ", error.code, ")");
  const std::string field = error.causes.empty() ? "" : error.causes.front().field;
  absl::Status status = MakeStatus(CodeOf(error), UpperSnake(reason), message, field);
  const auto replace = json::error_handler_t::replace;
  status.SetPayload(kErrorUrl, absl::Cord(ToJson(error).dump(-1, ' ', false, replace)));
  return status;
}

std::optional<ApiError> ApiErrorOf(const absl::Status& status) {
  const auto payload = status.GetPayload(kErrorUrl);
  if (!payload) return std::nullopt;
  const absl::StatusOr<json> attached = ParseJson(std::string(*payload));
  if (!attached.ok()) return std::nullopt;
  ApiError error;
  error.code = static_cast<int>(IntAt(*attached, "code"));
  ReadStatus(*attached, error);
  return error;
}

absl::Duration RetryAfter(const absl::Status& status) {
  const std::optional<ApiError> error = ApiErrorOf(status);
  return error ? error->retry_after : absl::ZeroDuration();
}

bool IsNamespaceTerminating(const absl::Status& status) {
  const std::optional<ApiError> error = ApiErrorOf(status);
  return error && (error->code == 403 || error->code == 409) &&
         HasCause(*error, "NamespaceTerminating");
}

bool IsQuotaExceeded(const absl::Status& status) {
  const std::optional<ApiError> error = ApiErrorOf(status);
  return error && error->code == 403 && error->message.find("exceeded quota") != std::string::npos;
}

}  // namespace eventreactor::kube
