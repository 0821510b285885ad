// The flags that every adapter has.
#pragma once

#include <CLI/CLI.hpp>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <string>

#include "absl/status/status.h"
#include "absl/time/time.h"
#include "libs/bus/jetstream.h"
#include "libs/service/process.h"

namespace eventreactor {

struct AdapterOptions {
  service::CommonOptions common{};
  bus::ConnectOptions bus{};
  // Bytes of log in the status of an Action.
  int log_tail_bytes = 16 << 10;
  // MiB of log that are kept of one container.
  int log_max_mib = 16;
  // How long logs are kept on the bus, as Go writes it, and how many MiB of them in
  // all, the newest. 0s: for ever.
  std::string log_retention_period = "168h";
  int log_retention_mib = 512;
  // How long an Action waits for its Event, in seconds.
  int event_wait_seconds = 3600;
  // Streams (watches of Events and Actions, logs) served at once: each holds a
  // thread. Watches of Pipelines are bounded apart.
  int max_streams = 100;

  // Runs at once of one namespace; -1: only the bound of all.
  int max_running_per_namespace = -1;

  size_t LogTail() const { return static_cast<size_t>(log_tail_bytes); }
  int64_t LogBytes() const { return int64_t{log_max_mib} << 20; }
  // What the streams are to be. Of options that are valid.
  bus::StreamLimits Streams() const;
  absl::Duration EventWait() const { return absl::Seconds(event_wait_seconds); }
  int MaxRunningOfNamespace() const {
    return max_running_per_namespace < 0 ? std::numeric_limits<int>::max()
                                         : max_running_per_namespace;
  }
};

// Those of every service, of the bus, and --log-tail-bytes, --log-max-mib,
// --log-retention-period, --log-retention-mib, --event-wait-seconds, --max-streams,
// --max-running-per-namespace.
void DeclareAdapterOptions(CLI::App& app, AdapterOptions& options);

// INVALID_ARGUMENT naming the flag.
absl::Status ValidateAdapterOptions(const AdapterOptions& options);

}  // namespace eventreactor
