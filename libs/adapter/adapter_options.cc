#include "libs/adapter/adapter_options.h"

#include "libs/bus/bus_options.h"
#include "libs/status/status.h"

namespace eventreactor {
namespace {

// Of the server's threads: the others are for calls that end soon.
constexpr int kMostStreams = 400;

}  // namespace

void DeclareAdapterOptions(CLI::App& app, AdapterOptions& options) {
  service::DeclareCommonOptions(app, options.common);
  bus::DeclareBusOptions(app, options.bus);
  app.add_option("--log-tail-bytes", options.log_tail_bytes,
                 "Bytes of log that an Action's status holds in all")
      ->capture_default_str()
      ->check(CLI::Range(0, 1 << 20));
  app.add_option("--log-max-mib", options.log_max_mib,
                 "MiB of log that are kept of one container; the rest is dropped, and says so")
      ->capture_default_str()
      ->check(CLI::Range(1, 1024));
  app.add_option("--event-wait-seconds", options.event_wait_seconds,
                 "How long an Action waits for its Event to be recorded before it fails; the time "
                 "in which no adapter ran does not count")
      ->capture_default_str()
      ->check(CLI::Range(1, 7 * 24 * 3600));
  app.add_option("--max-streams", options.max_streams,
                 "Watches of Events and Actions, and logs, streamed at once; watches of Pipelines "
                 "are the dispatchers', and have room of their own")
      ->capture_default_str()
      ->check(CLI::Range(1, kMostStreams));
  app.add_option("--max-running-per-namespace", options.max_running_per_namespace,
                 "Actions of one namespace that run at once; -1: as many as --max-running lets. "
                 "Namespaces take turns in any case")
      ->capture_default_str()
      ->check(CLI::Range(-1, 1'000'000));
}

absl::Status ValidateAdapterOptions(const AdapterOptions& options) {
  if (options.common.listen.empty()) {
    return InvalidField("--listen", "is missing; expected host:port or unix:/path");
  }
  return bus::ValidateBusOptions(options.bus);
}

}  // namespace eventreactor
