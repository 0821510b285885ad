#include "libs/service/grpc_status.h"

#include <string>

#include "google/rpc/error.pb.h"
#include "libs/status/status.h"
#include "libs/text/utf8.h"

namespace eventreactor::service {
namespace {

constexpr char kDomain[] = "eventreactor.summerwind.github.io";
constexpr char kFieldKey[] = "field";
// A message travels twice, percent-encoded and base64, in trailers that a
// peer takes up to 8 KiB of; beyond that the whole call fails.
constexpr size_t kMaxMessage = 1024;
constexpr size_t kMaxField = 256;

// The error's ErrorInfo as its sender wrote it; false without one of ours.
bool FindErrorInfo(const std::string& details, google::rpc::ErrorInfo& info) {
  google::rpc::Status status;
  if (details.empty() || !status.ParseFromString(details)) return false;
  for (const auto& detail : status.details()) {
    if (detail.Is<google::rpc::ErrorInfo>() && detail.UnpackTo(&info) && info.domain() == kDomain) {
      return true;
    }
  }
  return false;
}

}  // namespace

grpc::Status ToGrpc(const absl::Status& status) {
  if (status.ok()) return grpc::Status::OK;
  const std::string message = ValidUtf8(Message(status), kMaxMessage);

  google::rpc::ErrorInfo info;
  info.set_reason(Reason(status));
  info.set_domain(kDomain);
  const std::string field = Field(status);
  if (!field.empty()) (*info.mutable_metadata())[kFieldKey] = ValidUtf8(field, kMaxField);

  google::rpc::Status details;
  details.set_code(static_cast<int>(status.code()));
  details.set_message(message);
  details.add_details()->PackFrom(info);
  return grpc::Status(static_cast<grpc::StatusCode>(status.code()), message,
                      details.SerializeAsString());
}

absl::Status FromGrpc(const grpc::Status& status) {
  if (status.ok()) return absl::OkStatus();
  const auto code = static_cast<absl::StatusCode>(status.error_code());
  google::rpc::ErrorInfo info;
  if (!FindErrorInfo(status.error_details(), info)) {
    // From gRPC itself: the code is all that programs can go by.
    return MakeStatus(code, absl::StatusCodeToString(code), status.error_message());
  }
  const auto field = info.metadata().find(kFieldKey);
  return MakeStatus(code, info.reason(), status.error_message(),
                    field == info.metadata().end() ? std::string() : field->second);
}

}  // namespace eventreactor::service
