// The frame around each gRPC handler: who calls, how often, how it went.
#pragma once

#include <grpcpp/server_context.h>

#include <functional>
#include <string>

#include "absl/status/status.h"

namespace eventreactor::service {

// Checks callers and counts calls; shared by all handlers of a process.
// Thread-safe.
class CallFrame {
 public:
  // `token` empty: every caller is welcome.
  explicit CallFrame(std::string token);

  // Runs a handler: UNAUTHENTICATED without the token ("authorization:
  // Bearer <token>"), counts and times the call by method and code
  // (eventreactor_grpc_requests_total, eventreactor_grpc_request_seconds),
  // turns its error into a gRPC status, and an exception into INTERNAL.
  grpc::Status Run(grpc::ServerContext& context, const char* method,
                   const std::function<absl::Status()>& handler);

 private:
  absl::Status Authenticate(const grpc::ServerContext& context) const;

  std::string token_;
};

}  // namespace eventreactor::service
