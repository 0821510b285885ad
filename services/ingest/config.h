// What ingest can be told, from flags, environment and YAML alike.
#pragma once

#include <CLI/CLI.hpp>
#include <cstdint>
#include <string>

#include "absl/status/status.h"
#include "libs/bus/jetstream.h"
#include "libs/service/process.h"
#include "services/ingest/quotas.h"

namespace eventreactor::ingest {

struct Config {
  service::CommonOptions common;
  bus::ConnectOptions bus;
  // HOST:PORT; port 0 takes a free one.
  std::string http_listen = "127.0.0.1:14380";
  // File with the bearer token that HTTP publishers must send; empty: open.
  std::string http_token_file;
  // Files in PEM with the certificate (and its chain) and the key that HTTP is
  // served with; empty: no TLS.
  std::string http_tls_cert_file;
  std::string http_tls_key_file;
  // Where events go that name no namespace.
  std::string default_namespace = "default";
  // Of an event's data, in bytes.
  size_t max_data_bytes = size_t{1} << 20;
  // Of a batch: its events, and the bytes of an HTTP body that holds it.
  size_t max_batch_events = 1000;
  size_t max_batch_bytes = size_t{8} << 20;
  // Quotas of each client (address) and of each namespace; 0: none.
  Quotas::Options quotas;
  // What a client or a namespace may send at once: its rate over this time.
  int quota_burst_seconds = 10;
  // Of an HTTP request's line and headers, in bytes.
  uint32_t max_header_bytes = 32 << 10;
  // HTTP connections at once.
  int max_connections = 1024;
  // Of all HTTP bodies that are being read, in bytes.
  size_t max_buffered_bytes = size_t{128} << 20;
  // How long an HTTP connection may wait for its next request.
  int idle_seconds = 60;
  // How long an HTTP request may take to arrive, and its answer to leave.
  int request_seconds = 30;
  // How long the bus may take to store an event.
  int publish_seconds = 5;

  Config();
};

void DeclareOptions(CLI::App& app, Config& config);

// INVALID_ARGUMENT naming the flag.
absl::Status ValidateConfig(const Config& config);

}  // namespace eventreactor::ingest
