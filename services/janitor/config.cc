#include "services/janitor/config.h"

#include <tuple>

#include "absl/strings/str_cat.h"
#include "libs/domain/duration.h"
#include "libs/status/status.h"

namespace eventreactor::janitor {
namespace {

constexpr absl::Duration kShortestInterval = absl::Seconds(1);
constexpr int64_t kMostKept = 1'000'000'000;

void AddRetention(CLI::App& app, const std::string& kind, const std::string& age,
                  std::string& period, int64_t& count) {
  const std::string flag = absl::StrCat("--", kind, "-retention-");
  app.add_option(absl::StrCat(flag, "period"), period,
                 absl::StrCat("How long each ", kind, " is kept after ", age,
                              ", such as 168h or 90m; 0: for ever"))
      ->capture_default_str();
  app.add_option(
         absl::StrCat(flag, "count"), count,
         absl::StrCat("How many ", kind, "s of each namespace are kept, the newest; 0: all"))
      ->capture_default_str()
      ->check(CLI::Range(int64_t{0}, kMostKept));
}

absl::Status ReadDuration(const std::string& flag, const std::string& text, absl::Duration least,
                          absl::Duration& duration) {
  const absl::StatusOr<absl::Duration> parsed = ParseGoDuration(text);
  if (!parsed.ok()) return InvalidField(flag, Message(parsed.status()));
  if (*parsed < least) {
    return InvalidField(flag,
                        absl::StrCat("\"", text, "\" is less than ", absl::FormatDuration(least)));
  }
  duration = *parsed;
  return absl::OkStatus();
}

}  // namespace

void DeclareConfig(CLI::App& app, Config& config) {
  service::DeclareCommonOptions(app, config.common);
  app.add_option("--adapter", config.adapter,
                 "gRPC address of the adapter: host:port or unix:/path")
      ->required();
  AddRetention(app, "event", "it was recorded", config.event_period, config.event_count);
  AddRetention(app, "action", "its end", config.action_period, config.action_count);
  app.add_option("--minimum-age", config.minimum_age,
                 "What is younger than this stays whatever the rules; not less than the bus "
                 "remembers what was published (10m)")
      ->capture_default_str();
  app.add_option("--sweep-interval", config.sweep_interval, "Time between two sweeps")
      ->capture_default_str();
  app.add_option("--deletions-per-second", config.deletions_per_second,
                 "How many are removed in a second at most; 0: no bound")
      ->capture_default_str()
      ->check(CLI::Range(0, 100'000));
  app.add_option("--call-timeout-ms", config.call_timeout_ms,
                 "How long one call to the adapter may take")
      ->capture_default_str()
      ->check(CLI::Range(100, 60'000));
  app.add_flag("--once", config.once,
               "Sweep once and end: 0 if all went well, 1 if something could not be removed");
  app.add_flag("--dry-run", config.dry_run, "With --once: only print what would go and why");
}

absl::StatusOr<Policy> PolicyOf(const Config& config) {
  if (config.dry_run && !config.once) {
    return InvalidField("--dry-run",
                        "goes with --once; a janitor that runs is asked by "
                        "`reactorctl sweep --dry-run`");
  }
  if (!config.once && config.common.listen.empty()) {
    return InvalidField("--listen", "is missing; expected host:port or unix:/path, or --once");
  }
  Policy policy;
  policy.events.count = config.event_count;
  policy.actions.count = config.action_count;
  const absl::Duration none = absl::ZeroDuration();
  for (const auto& [flag, text, least, duration] :
       {std::tuple{"--event-retention-period", &config.event_period, none, &policy.events.period},
        std::tuple{"--action-retention-period", &config.action_period, none,
                   &policy.actions.period},
        std::tuple{"--minimum-age", &config.minimum_age, none, &policy.minimum_age},
        std::tuple{"--sweep-interval", &config.sweep_interval, kShortestInterval,
                   &policy.sweep_interval}}) {
    absl::Status status = ReadDuration(flag, *text, least, *duration);
    if (!status.ok()) return status;
  }
  return policy;
}

}  // namespace eventreactor::janitor
