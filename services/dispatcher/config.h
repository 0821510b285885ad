// The dispatcher's options.
#pragma once

#include <CLI/CLI.hpp>
#include <string>

#include "absl/status/status.h"
#include "libs/bus/jetstream.h"
#include "libs/service/process.h"

namespace eventreactor::dispatcher {

struct Config {
  service::CommonOptions common;
  bus::ConnectOptions bus;
  // The adapter's gRPC address.
  std::string adapter;
  // Threads that take Events, and those that take finished Actions; beside each
  // is one that concludes.
  int event_workers = 8;
  int action_workers = 2;
  // Messages that one thread takes at once.
  int batch = 32;
  // How far apart barrier calls of one namespace are, in milliseconds.
  int barrier_interval_ms = 20;
  // How long one call to the adapter may take, in milliseconds.
  int call_timeout_ms = 5000;
};

void DeclareConfig(CLI::App& app, Config& config);

// INVALID_ARGUMENT naming the flag.
absl::Status ValidateConfig(const Config& config);

}  // namespace eventreactor::dispatcher
