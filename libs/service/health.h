// The gRPC health service (grpc.health.v1) of one server. Unlike gRPC's own
// it is NOT_SERVING from its first moment, so nobody sees a process ready
// that is not.
#pragma once

#include <condition_variable>
#include <mutex>

#include "grpc/health/v1/health.grpc.pb.h"

namespace eventreactor::service {

// Thread-safe.
class HealthService : public grpc::health::v1::Health::Service {
 public:
  // Ignored after Close.
  void Set(bool serving);

  // NOT_SERVING for good; ends the watches.
  void Close();

  grpc::Status Check(grpc::ServerContext* context,
                     const grpc::health::v1::HealthCheckRequest* request,
                     grpc::health::v1::HealthCheckResponse* response) override;
  grpc::Status Watch(grpc::ServerContext* context,
                     const grpc::health::v1::HealthCheckRequest* request,
                     grpc::ServerWriter<grpc::health::v1::HealthCheckResponse>* writer) override;

 private:
  std::mutex mutex_;
  std::condition_variable changed_;
  bool serving_ = false;
  bool closed_ = false;
};

}  // namespace eventreactor::service
