// Bounds the streams that need no token: a watch of health and a talk with
// reflection hold a thread each for as long as a stranger likes.
#pragma once

#include <grpcpp/support/server_interceptor.h>

#include <atomic>

namespace eventreactor::service {

// Both kinds together; far more than the probes and people of one process.
inline constexpr int kMaxOpenStreams = 32;

// Cancels such a stream at once while kMaxOpenStreams others last. Every
// other call is left alone: it is answered, or asked for a token. Made for
// one server, and owned by it.
class OpenStreamsLimit : public grpc::experimental::ServerInterceptorFactoryInterface {
 public:
  grpc::experimental::Interceptor* CreateServerInterceptor(
      grpc::experimental::ServerRpcInfo* info) override;

 private:
  std::atomic<int> open_ = 0;
};

}  // namespace eventreactor::service
