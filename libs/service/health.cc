#include "libs/service/health.h"

#include <chrono>
#include <optional>

namespace eventreactor::service {
namespace {

using grpc::health::v1::HealthCheckRequest;
using grpc::health::v1::HealthCheckResponse;

// How late a watch may notice that its caller has gone.
constexpr std::chrono::milliseconds kLookAtCaller{500};

HealthCheckResponse Response(HealthCheckResponse::ServingStatus status) {
  HealthCheckResponse response;
  response.set_status(status);
  return response;
}

HealthCheckResponse::ServingStatus ToStatus(bool serving) {
  return serving ? HealthCheckResponse::SERVING : HealthCheckResponse::NOT_SERVING;
}

}  // namespace

void HealthService::Set(bool serving) {
  const std::lock_guard lock(mutex_);
  serving_ = serving && !closed_;
  changed_.notify_all();
}

void HealthService::Close() {
  const std::lock_guard lock(mutex_);
  serving_ = false;
  closed_ = true;
  changed_.notify_all();
}

grpc::Status HealthService::Check(grpc::ServerContext*, const HealthCheckRequest* request,
                                  HealthCheckResponse* response) {
  if (!request->service().empty()) {
    return {grpc::StatusCode::NOT_FOUND, "no service of this name; \"\" is the whole server"};
  }
  const std::lock_guard lock(mutex_);
  response->set_status(ToStatus(serving_));
  return grpc::Status::OK;
}

grpc::Status HealthService::Watch(grpc::ServerContext* context, const HealthCheckRequest* request,
                                  grpc::ServerWriter<HealthCheckResponse>* writer) {
  // The protocol wants an unknown service watched, as it might come.
  const bool known = request->service().empty();
  std::optional<HealthCheckResponse::ServingStatus> sent;
  std::unique_lock lock(mutex_);
  while (!context->IsCancelled()) {
    const auto now = known ? ToStatus(serving_) : HealthCheckResponse::SERVICE_UNKNOWN;
    const bool last = closed_;
    if (sent != now) {
      lock.unlock();
      if (!writer->Write(Response(now))) return grpc::Status::OK;
      lock.lock();
      sent = now;
    }
    if (last) return {grpc::StatusCode::UNAVAILABLE, "the server is shutting down"};
    changed_.wait_for(lock, kLookAtCaller,
                      [&] { return closed_ || (known && sent != ToStatus(serving_)); });
  }
  return grpc::Status::CANCELLED;
}

}  // namespace eventreactor::service
