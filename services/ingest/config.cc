#include "services/ingest/config.h"

#include "libs/bus/bus_errors.h"
#include "libs/bus/bus_options.h"
#include "libs/domain/naming.h"
#include "libs/status/status.h"
#include "services/ingest/event_handler.h"
#include "services/ingest/host_port.h"

namespace eventreactor::ingest {
namespace {

// Of a message on the bus: what attributes need beside the data at least.
constexpr size_t kAttributeRoom = size_t{64} << 10;
constexpr size_t kMostData = bus::kMaxMessageBytes - kAttributeRoom;

}  // namespace

Config::Config() {
  common.listen = "127.0.0.1:14381";
  common.metrics_listen = "127.0.0.1:14386";
  bus.url = "nats://127.0.0.1:14384";
  bus.client_name = "eventreactor-ingest";
}

namespace {

void DeclareQuotas(CLI::App& app, Config& config) {
  const auto rate = [&app](const char* flag, double& value, const char* help) {
    app.add_option(flag, value, help)->check(CLI::Range(0.0, 1e12))->capture_default_str();
  };
  rate("--client-events-per-second", config.quotas.client.events,
       "Events that one client (address) may send; 0 for no bound");
  rate("--client-bytes-per-second", config.quotas.client.bytes,
       "Data that one client (address) may send; 0 for no bound");
  rate("--namespace-events-per-second", config.quotas.ns.events,
       "Events that one namespace takes; 0 for no bound");
  rate("--namespace-bytes-per-second", config.quotas.ns.bytes,
       "Data that one namespace takes; 0 for no bound");
  app.add_option("--quota-burst-seconds", config.quota_burst_seconds,
                 "What may come at once: the rates above over this time")
      ->check(CLI::Range(1, 3600))
      ->capture_default_str();
}

}  // namespace

void DeclareOptions(CLI::App& app, Config& config) {
  service::DeclareCommonOptions(app, config.common);
  bus::DeclareBusOptions(app, config.bus);
  app.add_option("--http-listen", config.http_listen, "Serve HTTP here: HOST:PORT")
      ->capture_default_str();
  app.add_option("--http-token-file", config.http_token_file,
                 "File with the bearer token that HTTP publishers must send; empty for none");
  app.add_option(
      "--http-tls-cert-file", config.http_tls_cert_file,
      "PEM file with the certificate, and its chain, to serve HTTP with TLS; empty for none");
  app.add_option("--http-tls-key-file", config.http_tls_key_file,
                 "PEM file with the certificate's private key");
  app.add_option("--default-namespace", config.default_namespace,
                 "Where events go that name no namespace")
      ->capture_default_str();
  app.add_option("--max-data-bytes", config.max_data_bytes, "Bound of an event's data")
      ->check(CLI::Range(size_t{1}, kMostData))
      ->capture_default_str();
  app.add_option("--max-batch-events", config.max_batch_events, "Bound of the events of a batch")
      ->check(CLI::Range(size_t{1}, size_t{100'000}))
      ->capture_default_str();
  app.add_option("--max-batch-bytes", config.max_batch_bytes,
                 "Bound of an HTTP body that holds a batch")
      ->check(CLI::Range(size_t{1024}, size_t{1} << 30))
      ->capture_default_str();
  DeclareQuotas(app, config);
  app.add_option("--max-header-bytes", config.max_header_bytes, "Bound of an HTTP request's head")
      ->check(CLI::Range(1024, 1 << 20))
      ->capture_default_str();
  app.add_option("--max-connections", config.max_connections, "Bound of HTTP connections at once")
      ->check(CLI::Range(1, 100'000))
      ->capture_default_str();
  app.add_option("--max-buffered-bytes", config.max_buffered_bytes,
                 "Bound of all HTTP bodies being read together")
      ->check(CLI::Range(size_t{1}, size_t{1} << 40))
      ->capture_default_str();
  app.add_option("--idle-seconds", config.idle_seconds,
                 "How long an HTTP connection may wait for its next request")
      ->check(CLI::Range(1, 3600))
      ->capture_default_str();
  app.add_option("--request-seconds", config.request_seconds,
                 "How long an HTTP request may take to arrive, and its answer to leave")
      ->check(CLI::Range(1, 3600))
      ->capture_default_str();
  app.add_option("--publish-seconds", config.publish_seconds,
                 "How long the bus may take to store an event")
      ->check(CLI::Range(1, 60))
      ->capture_default_str();
}

absl::Status ValidateConfig(const Config& config) {
  if (config.common.listen.empty()) {
    return InvalidField("--listen", "must not be empty; say where to serve gRPC");
  }
  if (absl::Status status = bus::ValidateBusOptions(config.bus); !status.ok()) return status;
  if (auto parsed = ParseHostPort(config.http_listen); !parsed.ok()) {
    return InvalidField("--http-listen", Message(parsed.status()));
  }
  if (config.http_tls_cert_file.empty() != config.http_tls_key_file.empty()) {
    const bool lacks_cert = config.http_tls_cert_file.empty();
    return InvalidField(lacks_cert ? "--http-tls-cert-file" : "--http-tls-key-file",
                        std::string("is missing; TLS takes both, and ") +
                            (lacks_cert ? "--http-tls-key-file" : "--http-tls-cert-file") +
                            " is given");
  }
  if (!IsDnsLabel(config.default_namespace)) {
    return InvalidField("--default-namespace",
                        "must be a DNS label, not \"" + config.default_namespace + "\"");
  }
  if (config.max_buffered_bytes < MaxBodyBytes(config.max_data_bytes)) {
    return InvalidField("--max-buffered-bytes",
                        "must have room for one body of " +
                            std::to_string(MaxBodyBytes(config.max_data_bytes)) + " bytes");
  }
  if (config.max_buffered_bytes < config.max_batch_bytes) {
    return InvalidField("--max-buffered-bytes",
                        "must have room for one batch of --max-batch-bytes, " +
                            std::to_string(config.max_batch_bytes));
  }
  return absl::OkStatus();
}

}  // namespace eventreactor::ingest
