// What every process does at its start and end: options from flags,
// environment and YAML; logging; signals; metrics.
#pragma once

#include <prometheus/registry.h>

#include <CLI/CLI.hpp>
#include <memory>
#include <optional>
#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"

namespace eventreactor::service {

// What an option's value has to be, in words: "a whole number from 0 to 9".
std::string ExpectedOf(const CLI::Option& option);
// CLI11's "Could not convert: --flag = value" in such words; any other error
// as it is.
std::string ParseErrorText(const CLI::App& app, const CLI::ParseError& error);
// For --help: NUMBER, with its bounds, in place of the C++ types. Of the
// commands below, too.
void NameTypes(CLI::App& app);

// Flags that every service has.
struct CommonOptions {
  // host:port of /metrics; empty: none. Port 0 is refused.
  std::string metrics_listen;
  // gRPC address to serve on; host:port or unix:/path.
  std::string listen;
  // File with the bearer token that every gRPC call but health and
  // reflection must carry, whole first line; empty: no token is asked for.
  std::string token_file;
  // How long to drain on SIGTERM, in seconds.
  int shutdown_seconds = 10;
  // 0 info, 1 and more: verbose (glog's -v).
  int verbosity = 0;
};
void DeclareCommonOptions(CLI::App& app, CommonOptions& options);

// Parses the options declared on `app`, and adds --config FILE (YAML: a map
// of flag names without dashes in front to values, lists for repeated flags;
// an unknown key is an error naming it), --version, and for each long flag
// --some-flag the environment variable <env_prefix>_SOME_FLAG (an empty one
// counts as unset; a repeated flag's has its values divided by commas). Flags
// win over environment, environment over file; required() is met by any of
// them, while needs() and excludes() see the command line only. Returns the
// exit code if the process should end now (0 after --help and --version, 2
// after an error, which was printed). Call it once for an `app`.
std::optional<int> ParseOptions(CLI::App& app, const std::string& env_prefix, int argc,
                                char** argv);

// For a service whose own checks refuse an option's value: prints why and
// returns the exit code, 2. A status that has the flag as its field is told by
// the environment variable if that held the value.
int RefuseOptions(const CLI::App& app, const absl::Status& status);

// glog to stderr, one line a message; blocks SIGTERM and SIGINT in this
// thread and all that it will start, ignores SIGPIPE. Call before any thread.
void StartProcess(const char* argv0, int verbosity);

// Waits for SIGTERM or SIGINT and returns its number. Where the time of day is
// set back meanwhile it ends the process with status 75: whoever supervises it
// starts one whose timers are right (decision 0017).
int WaitForSignal();

// Serves /metrics of Registry() on host:port until destroyed. Nothing for an
// empty address.
class MetricsServer {
 public:
  static absl::StatusOr<std::unique_ptr<MetricsServer>> Start(const std::string& address);
  virtual ~MetricsServer() = default;
};

// What every service has before parts of its own.
struct Foundation {
  // That calls must carry; empty: none is asked for.
  std::string token;
  std::unique_ptr<MetricsServer> metrics;
};

// Reads the token file, and serves the metrics.
absl::StatusOr<Foundation> LayFoundation(const CommonOptions& options);

// The process's metrics: names begin with eventreactor_.
prometheus::Registry& Registry();

// The first line of a file without its end; empty where no path is given. An
// error names flag and path.
absl::StatusOr<std::string> ReadSecretFile(const std::string& flag, const std::string& path);

}  // namespace eventreactor::service
