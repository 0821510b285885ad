// eventreactor-ingest: CloudEvents in, over HTTP and gRPC, onto the bus.
#include <glog/logging.h>

#include <CLI/CLI.hpp>
#include <future>
#include <memory>
#include <string>

#include "absl/time/time.h"
#include "libs/bus/jetstream.h"
#include "libs/bus/readiness.h"
#include "libs/service/call_frame.h"
#include "libs/service/process.h"
#include "libs/service/server.h"
#include "libs/status/status.h"
#include "services/ingest/acceptor.h"
#include "services/ingest/config.h"
#include "services/ingest/event_handler.h"
#include "services/ingest/grpc_ingest.h"
#include "services/ingest/http_server.h"
#include "services/ingest/metrics.h"
#include "services/ingest/quotas.h"
#include "services/ingest/tls_identity.h"

namespace eventreactor::ingest {
namespace {

HttpLimits MakeHttpLimits(const Config& config) {
  HttpLimits limits;
  limits.max_head = config.max_header_bytes;
  limits.max_buffered = config.max_buffered_bytes;
  limits.max_connections = config.max_connections;
  limits.idle = absl::Seconds(config.idle_seconds);
  limits.request = absl::Seconds(config.request_seconds);
  return limits;
}

Acceptor::Options MakeAcceptorOptions(const Config& config) {
  Acceptor::Options options;
  options.default_namespace = config.default_namespace;
  options.limits.max_data = config.max_data_bytes;
  options.publish_timeout = absl::Seconds(config.publish_seconds);
  return options;
}

Quotas::Options MakeQuotaOptions(const Config& config) {
  Quotas::Options options = config.quotas;
  options.burst = absl::Seconds(config.quota_burst_seconds);
  return options;
}

void LogReadiness(const absl::Status& status) {
  if (status.ok()) {
    LOG(INFO) << "ready: connected to the bus, and its streams fit";
  } else {
    LOG(WARNING) << "not ready: " << Message(status);
  }
}

absl::Status Run(const Config& config) {
  const auto foundation = service::LayFoundation(config.common);
  if (!foundation.ok()) return foundation.status();
  const auto http_token = service::ReadSecretFile("http-token-file", config.http_token_file);
  if (!http_token.ok()) return http_token.status();
  auto identity = TlsIdentity::Load(config.http_tls_cert_file, config.http_tls_key_file);
  if (!identity.ok()) return identity.status();
  auto connected = bus::JetStreamBus::Connect(config.bus);
  if (!connected.ok()) return connected.status();
  std::unique_ptr<bus::JetStreamBus> bus = *std::move(connected);

  Metrics metrics(service::Registry());
  Quotas quotas(MakeQuotaOptions(config));
  Acceptor acceptor(MakeAcceptorOptions(config), *bus, metrics, &quotas);
  service::CallFrame frame(foundation->token);
  const std::unique_ptr<grpc::Service> service =
      MakeIngestService(frame, acceptor, metrics, config.max_batch_events);
  auto grpc_server = service::Server::Start(config.common, {service.get()});
  if (!grpc_server.ok()) return grpc_server.status();

  bus::Readiness readiness({[&] { return bus->Connected(); }, [&] { return bus->VerifyStreams(); },
                            [&](const absl::Status& status) {
                              LogReadiness(status);
                              (*grpc_server)->SetServing(status.ok());
                            }});
  EventHandler handler({*http_token, config.max_data_bytes, config.max_batch_events,
                        config.max_batch_bytes, [&] { return readiness.status(); }},
                       acceptor, metrics);
  const bool tls = *identity != nullptr;
  const auto http_server = HttpServer::Start(config.http_listen, MakeHttpLimits(config), handler,
                                             metrics.http_connections(), *std::move(identity));
  if (!http_server.ok()) return http_server.status();
  LOG(INFO) << "serving HTTP" << (tls ? "S" : "") << " on port " << (*http_server)->port()
            << ", gRPC on " << config.common.listen;

  auto poller = std::make_unique<bus::ReadinessPoller>(readiness);
  const int signal = service::WaitForSignal();
  LOG(INFO) << "signal " << signal << ": draining";
  poller.reset();
  const absl::Duration drain = absl::Seconds(config.common.shutdown_seconds);
  auto http_drained = std::async(std::launch::async, [&] { (*http_server)->Shutdown(drain); });
  (*grpc_server)->Shutdown(drain);
  http_drained.wait();
  // Its threads call back into the acceptor, until here.
  bus.reset();
  return absl::OkStatus();
}

}  // namespace
}  // namespace eventreactor::ingest

int main(int argc, char** argv) {
  CLI::App app("Accepts CloudEvents over HTTP and gRPC.", "eventreactor-ingest");
  eventreactor::ingest::Config config;
  eventreactor::ingest::DeclareOptions(app, config);
  if (const auto exit_code = eventreactor::service::ParseOptions(app, "EVENTREACTOR", argc, argv)) {
    return *exit_code;
  }
  if (const absl::Status status = ValidateConfig(config); !status.ok()) {
    return eventreactor::service::RefuseOptions(app, status);
  }
  eventreactor::service::StartProcess(argv[0], config.common.verbosity);
  const absl::Status status = eventreactor::ingest::Run(config);
  if (status.ok()) return 0;
  LOG(ERROR) << eventreactor::Message(status);
  return 1;
}
