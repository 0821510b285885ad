#include "libs/adapter/adapter_options.h"

#include "libs/bus/bus_options.h"
#include "libs/domain/duration.h"
#include "libs/status/status.h"

namespace eventreactor {
namespace {

// Of the server's threads: the others are for calls that end soon.
constexpr int kMostStreams = 400;
// Shorter would take a log from its readers while it is written.
constexpr absl::Duration kShortestLogRetention = absl::Seconds(1);
constexpr absl::Duration kLongestLogRetention = absl::Hours(24 * 3650);
// With what the other streams reserve it fits into the 3 GiB of a stack's bus.
constexpr int kMostLogMib = 1024;

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
  app.add_option("--log-retention-period", options.log_retention_period,
                 "How long logs are kept, such as 168h or 90m; 0: for ever. What an Action's "
                 "status has of its log stays with the Action")
      ->capture_default_str();
  app.add_option("--log-retention-mib", options.log_retention_mib,
                 "MiB of logs that are kept in all; beyond that the oldest go")
      ->capture_default_str()
      ->check(CLI::Range(1, kMostLogMib));
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
  const absl::StatusOr<absl::Duration> period = ParseGoDuration(options.log_retention_period);
  if (!period.ok()) return InvalidField("--log-retention-period", Message(period.status()));
  const bool fits = *period >= kShortestLogRetention && *period <= kLongestLogRetention;
  if (*period != absl::ZeroDuration() && !fits) {
    return InvalidField("--log-retention-period",
                        "\"" + options.log_retention_period + "\" is neither 0 nor 1s to 87600h");
  }
  return bus::ValidateBusOptions(options.bus);
}

bus::StreamLimits AdapterOptions::Streams() const {
  bus::StreamLimits limits;
  limits.log_max_age = ParseGoDuration(log_retention_period).value_or(limits.log_max_age);
  limits.log_max_bytes = int64_t{log_retention_mib} << 20;
  return limits;
}

}  // namespace eventreactor
