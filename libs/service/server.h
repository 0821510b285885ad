// A gRPC server as all our processes run it: health, reflection, bounds,
// orderly shutdown.
#pragma once

#include <grpcpp/grpcpp.h>

#include <memory>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "libs/service/call_frame.h"
#include "libs/service/process.h"

namespace eventreactor::service {

class HealthService;

class Server {
 public:
  // Listens on options.listen and serves `services` (not owned), health
  // (grpc.health.v1) and reflection. Bounds: 4 MiB a message in, 512 threads,
  // 1000 streams a connection, streams that need no token (open_streams.h),
  // keepalive. UNAVAILABLE (LISTEN_FAILED) names the address.
  static absl::StatusOr<std::unique_ptr<Server>> Start(const CommonOptions& options,
                                                       const std::vector<grpc::Service*>& services);
  // As Shutdown without a drain.
  ~Server();

  // What health answers, for the whole server (service name ""). False until
  // it is set, and for good after Shutdown.
  void SetServing(bool serving);

  // NOT_SERVING, refuses new calls, waits for those under way, cancels them
  // after `drain`. Repeatable. Streaming handlers see it by
  // ServerContext::IsCancelled and Stopping().
  void Shutdown(absl::Duration drain);

  // The port in use, where port 0 was asked for.
  int port() const { return port_; }

 private:
  Server();
  std::unique_ptr<HealthService> health_;
  std::unique_ptr<grpc::Server> server_;
  int port_ = 0;
};

// True once a Shutdown has begun in this process: long streams end by
// themselves with UNAVAILABLE (SHUTTING_DOWN). A Server started later (in
// tests) makes it false again.
bool Stopping();
void SetStopping();

}  // namespace eventreactor::service
