#include "libs/status/status.h"

#include "absl/strings/cord.h"

namespace eventreactor {
namespace {

constexpr char kReasonUrl[] = "eventreactor/reason";
constexpr char kFieldUrl[] = "eventreactor/field";

std::string Payload(const absl::Status& status, const char* url) {
  const auto payload = status.GetPayload(url);
  return payload ? std::string(*payload) : std::string();
}

}  // namespace

absl::Status MakeStatus(absl::StatusCode code, const std::string& reason,
                        const std::string& message, const std::string& field) {
  absl::Status status(code, message);
  status.SetPayload(kReasonUrl, absl::Cord(reason));
  if (!field.empty()) status.SetPayload(kFieldUrl, absl::Cord(field));
  return status;
}

absl::Status InvalidField(const std::string& field, const std::string& message,
                          const std::string& reason) {
  return MakeStatus(absl::StatusCode::kInvalidArgument, reason, field + ": " + message, field);
}

absl::Status InField(const std::string& prefix, const absl::Status& status) {
  if (status.ok()) return status;
  const std::string field = Field(status);
  if (field.empty()) return status;
  const std::string path = prefix + (field.front() == '[' ? "" : ".") + field;
  std::string message = Message(status);
  if (message.rfind(field + ": ", 0) == 0) message = path + message.substr(field.size());
  return MakeStatus(status.code(), Reason(status), message, path);
}

std::string Reason(const absl::Status& status) { return Payload(status, kReasonUrl); }
std::string Field(const absl::Status& status) { return Payload(status, kFieldUrl); }
std::string Message(const absl::Status& status) { return std::string(status.message()); }

bool IsTransient(const absl::Status& status) {
  switch (status.code()) {
    case absl::StatusCode::kUnavailable:
    case absl::StatusCode::kDeadlineExceeded:
    case absl::StatusCode::kAborted:
    case absl::StatusCode::kResourceExhausted:
    case absl::StatusCode::kCancelled:
    case absl::StatusCode::kInternal:
    case absl::StatusCode::kUnknown:
    case absl::StatusCode::kUnauthenticated:
      return true;
    default:
      return false;
  }
}

}  // namespace eventreactor
