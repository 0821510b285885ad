// A gRPC server as all our processes run it: health, reflection, bounds,
// orderly shutdown; and the frame around each handler.
#pragma once

#include <grpcpp/grpcpp.h>

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "libs/service/process.h"

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
  std::string token_;
};

class Server {
 public:
  // Listens on options.listen and serves `services` (not owned), health and
  // reflection. Bounds: 4 MiB a message in, 512 threads, 1000 streams a
  // connection, keepalive.
  static absl::StatusOr<std::unique_ptr<Server>> Start(const CommonOptions& options,
                                                       const std::vector<grpc::Service*>& services);
  ~Server();

  // What health answers, for the whole server (service name ""). False until
  // it is set.
  void SetServing(bool serving);

  // NOT_SERVING, refuses new calls, waits for those under way, cancels them
  // after `drain`. Repeatable. Streaming handlers see it by
  // ServerContext::IsCancelled and stopping().
  void Shutdown(absl::Duration drain);

  // The port in use, where port 0 was asked for.
  int port() const { return port_; }

 private:
  Server() = default;
  std::unique_ptr<grpc::Server> server_;
  int port_ = 0;
};

// True once a Shutdown has begun in this process: long streams end by
// themselves with UNAVAILABLE (SHUTTING_DOWN).
bool Stopping();
void SetStopping();

}  // namespace eventreactor::service
