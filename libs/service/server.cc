#include "libs/service/server.h"

#include <grpcpp/ext/proto_server_reflection_plugin.h>
#include <grpcpp/resource_quota.h>

#include <atomic>
#include <utility>

#include "absl/time/clock.h"
#include "libs/service/channel.h"
#include "libs/service/health.h"
#include "libs/service/open_streams.h"
#include "libs/status/status.h"

namespace eventreactor::service {
namespace {

constexpr int kMaxThreads = 512;
constexpr int kMaxStreams = 1000;

std::atomic<bool> stopping = false;

void SetBounds(grpc::ServerBuilder& builder) {
  grpc::ResourceQuota quota("eventreactor");
  quota.SetMaxThreads(kMaxThreads);
  builder.SetResourceQuota(quota);
  builder.SetMaxReceiveMessageSize(kMaxMessageBytes);
  builder.AddChannelArgument(GRPC_ARG_MAX_CONCURRENT_STREAMS, kMaxStreams);
  builder.AddChannelArgument(GRPC_ARG_KEEPALIVE_TIME_MS, 30'000);
  builder.AddChannelArgument(GRPC_ARG_KEEPALIVE_TIMEOUT_MS, 10'000);
  builder.AddChannelArgument(GRPC_ARG_KEEPALIVE_PERMIT_WITHOUT_CALLS, 1);
  builder.AddChannelArgument(GRPC_ARG_HTTP2_MIN_RECV_PING_INTERVAL_WITHOUT_DATA_MS, 10'000);
  std::vector<std::unique_ptr<grpc::experimental::ServerInterceptorFactoryInterface>> limits;
  limits.push_back(std::make_unique<OpenStreamsLimit>());
  builder.experimental().SetInterceptorCreators(std::move(limits));
  // Two processes on one port would share the calls among them in silence.
  builder.AddChannelArgument(GRPC_ARG_ALLOW_REUSEPORT, 0);
  // Calls are few and short: a queue per core would only cost memory.
  builder.SetSyncServerOption(grpc::ServerBuilder::NUM_CQS, 1);
  builder.SetSyncServerOption(grpc::ServerBuilder::MIN_POLLERS, 1);
  builder.SetSyncServerOption(grpc::ServerBuilder::MAX_POLLERS, 2);
}

}  // namespace

bool Stopping() { return stopping.load(); }
void SetStopping() { stopping.store(true); }

Server::Server() : health_(std::make_unique<HealthService>()) {}

Server::~Server() { Shutdown(absl::ZeroDuration()); }

absl::StatusOr<std::unique_ptr<Server>> Server::Start(const CommonOptions& options,
                                                      const std::vector<grpc::Service*>& services) {
  if (options.listen.empty()) {
    return InvalidField("--listen", "is empty; give HOST:PORT or unix:/PATH");
  }
  stopping.store(false);
  grpc::reflection::InitProtoReflectionServerBuilderPlugin();
  std::unique_ptr<Server> server(new Server());
  grpc::ServerBuilder builder;
  SetBounds(builder);
  builder.AddListeningPort(options.listen, grpc::InsecureServerCredentials(), &server->port_);
  builder.RegisterService(server->health_.get());
  for (grpc::Service* service : services) builder.RegisterService(service);
  server->server_ = builder.BuildAndStart();
  if (server->server_ == nullptr) {
    return MakeStatus(absl::StatusCode::kUnavailable, "LISTEN_FAILED",
                      "cannot serve gRPC on " + options.listen +
                          "; if another process listens there, or it is no address of this "
                          "machine, give another with --listen",
                      "--listen");
  }
  return server;
}

void Server::SetServing(bool serving) { health_->Set(serving); }

void Server::Shutdown(absl::Duration drain) {
  if (server_ == nullptr) return;
  SetStopping();
  health_->Close();
  server_->Shutdown(absl::ToChronoTime(absl::Now() + drain));
  server_->Wait();
}

}  // namespace eventreactor::service
