#include "libs/service/call_frame.h"

#include <glog/logging.h>
#include <openssl/crypto.h>
#include <prometheus/counter.h>
#include <prometheus/histogram.h>

#include <exception>
#include <utility>

#include "absl/strings/match.h"
#include "absl/time/time.h"
#include "libs/clock/steady_now.h"
#include "libs/service/grpc_status.h"
#include "libs/service/process.h"
#include "libs/status/status.h"

namespace eventreactor::service {
namespace {

constexpr char kScheme[] = "Bearer ";

// The time that a guess takes must not tell how much of it was right.
bool SameSecret(const std::string& a, const std::string& b) {
  return a.size() == b.size() && CRYPTO_memcmp(a.data(), b.data(), a.size()) == 0;
}

void Count(const char* method, const absl::Status& status, absl::Duration took) {
  static auto& calls = prometheus::BuildCounter()
                           .Name("eventreactor_grpc_requests_total")
                           .Help("gRPC calls that ended, by method and code")
                           .Register(Registry());
  static auto& seconds = prometheus::BuildHistogram()
                             .Name("eventreactor_grpc_request_seconds")
                             .Help("How long gRPC calls took, streams from first to last message")
                             .Register(Registry());
  static const prometheus::Histogram::BucketBoundaries kBuckets = {
      0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 5};
  calls.Add({{"method", method}, {"code", absl::StatusCodeToString(status.code())}}).Increment();
  seconds.Add({{"method", method}}, kBuckets).Observe(absl::ToDoubleSeconds(took));
}

absl::Status Call(const char* method, const std::function<absl::Status()>& handler) {
  try {
    return handler();
  } catch (const std::exception& error) {
    LOG(ERROR) << method << ": exception: " << error.what();
  } catch (...) {
    LOG(ERROR) << method << ": exception of unknown type";
  }
  return MakeStatus(absl::StatusCode::kInternal, "HANDLER_EXCEPTION",
                    std::string(method) + " failed by a fault of its own; the server's log has it");
}

}  // namespace

CallFrame::CallFrame(std::string token) : token_(std::move(token)) {}

absl::Status CallFrame::Authenticate(const grpc::ServerContext& context) const {
  if (token_.empty()) return absl::OkStatus();
  const auto [begin, end] = context.client_metadata().equal_range("authorization");
  if (begin == end) {
    return MakeStatus(absl::StatusCode::kUnauthenticated, "TOKEN_MISSING",
                      "the call has no token; send `authorization: Bearer TOKEN` with the token "
                      "in the file that this server's --token-file names");
  }
  const std::string value(begin->second.data(), begin->second.size());
  const size_t scheme = sizeof(kScheme) - 1;
  if (std::next(begin) != end || !absl::StartsWithIgnoreCase(value, kScheme) ||
      !SameSecret(value.substr(scheme), token_)) {
    return MakeStatus(absl::StatusCode::kUnauthenticated, "TOKEN_WRONG",
                      "the call's token is not the one in the file that this server's "
                      "--token-file names");
  }
  return absl::OkStatus();
}

grpc::Status CallFrame::Run(grpc::ServerContext& context, const char* method,
                            const std::function<absl::Status()>& handler) {
  const absl::Time start = SteadyNow();
  absl::Status status = Authenticate(context);
  if (status.ok()) status = Call(method, handler);
  Count(method, status, SteadyNow() - start);
  if (!status.ok()) VLOG(1) << method << " from " << context.peer() << ": " << status;
  return ToGrpc(status);
}

}  // namespace eventreactor::service
