#include "services/dispatcher/config.h"

#include "libs/bus/bus_options.h"
#include "libs/status/status.h"

namespace eventreactor::dispatcher {

void DeclareConfig(CLI::App& app, Config& config) {
  service::DeclareCommonOptions(app, config.common);
  bus::DeclareBusOptions(app, config.bus);
  app.add_option("--adapter", config.adapter,
                 "gRPC address of the adapter: host:port or unix:/path")
      ->required();
  app.add_option("--event-workers", config.event_workers, "Threads that dispatch Events")
      ->capture_default_str()
      ->check(CLI::Range(1, 64));
  app.add_option("--action-workers", config.action_workers,
                 "Threads that dispatch finished Actions")
      ->capture_default_str()
      ->check(CLI::Range(1, 64));
  app.add_option("--batch", config.batch, "Messages that one thread takes at once")
      ->capture_default_str()
      ->check(CLI::Range(1, 256));
  app.add_option("--barrier-interval-ms", config.barrier_interval_ms,
                 "Least time between two consistent reads of one namespace's Pipelines")
      ->capture_default_str()
      ->check(CLI::Range(0, 10'000));
  app.add_option("--call-timeout-ms", config.call_timeout_ms,
                 "How long one call to the adapter may take")
      ->capture_default_str()
      ->check(CLI::Range(100, 60'000));
}

absl::Status ValidateConfig(const Config& config) {
  if (config.common.listen.empty()) {
    return InvalidField("--listen", "is missing; expected host:port or unix:/path");
  }
  // gRPC itself would only say that no channel can be made, for ever.
  if (config.adapter.empty()) {
    return InvalidField("--adapter", "is empty; expected host:port or unix:/path");
  }
  return bus::ValidateBusOptions(config.bus);
}

}  // namespace eventreactor::dispatcher
