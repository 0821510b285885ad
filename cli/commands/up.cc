// reactorctl up: a whole Event Reactor on this machine.
#include <sys/wait.h>
#include <unistd.h>

#include <atomic>
#include <climits>
#include <filesystem>
#include <memory>
#include <thread>
#include <utility>

#include "absl/strings/str_replace.h"
#include "absl/time/clock.h"
#include "cli/command_line.h"
#include "cli/errors.h"
#include "cli/readiness.h"
#include "cli/shell_quote.h"
#include "cli/stack/exposure.h"
#include "cli/stack/log_file.h"
#include "cli/stack/stack.h"
#include "cli/terminal.h"
#include "libs/status/status.h"

namespace eventreactor::cli {
namespace {

constexpr absl::Duration kReadyTimeout = absl::Seconds(60);
constexpr char kSupervisor[] = "supervisor";

struct UpOptions {
  stack::UpOptions up;
  int base_port = 0;
  int max_running = 0;
  bool detach = false;
  // Given by `up --detach` to the process that it starts.
  bool supervise = false;
};

void TalkWithTime(const std::string& line) {
  Talk(absl::FormatTime("%Y-%m-%dT%H:%M:%E3SZ ", absl::Now(), absl::UTCTimeZone()) + line);
}

std::string HostName() {
  char name[HOST_NAME_MAX + 1] = {};
  return gethostname(name, HOST_NAME_MAX) == 0 ? name : "localhost";
}

void Announce(const Globals& globals, const stack::Layout& layout, const stack::Record& record) {
  Talk("Event Reactor is up; its data is in " + layout.root());
  Talk("  POST CloudEvents to  " + stack::HttpUrlFromElsewhere(record, HostName()) + "/");
  if (!record.http_token_file.empty()) {
    Talk("  with bearer token in " + record.http_token_file);
  }
  Talk("  containers run by    " + record.engine + (record.own_engine ? " (its own podman)" : ""));
  const auto exposures = stack::Exposures(layout, record);
  for (const std::string& line : exposures) Talk("  open to the network  " + line);
  if (!exposures.empty()) Talk("  on this machine only all else, such as the bus and /metrics");
  Talk("next: `reactorctl pipelines apply -f FILE" + globals.TargetFlag() + "`");
}

// OK if what runs is what was asked for.
absl::Status CheckSame(const stack::Layout& layout, const stack::Record& running,
                       const UpOptions& options) {
  const std::string way_out = "; `reactorctl down --data-dir " + ShellQuote(layout.root()) +
                              "` stops it, another --data-dir makes another stack";
  const auto differs = [&](const std::string& what, const std::string& asked) {
    return MakeStatus(
        absl::StatusCode::kFailedPrecondition, "ALREADY_UP",
        "the stack in " + layout.root() + " already runs " + what + ", not " + asked + way_out);
  };
  if (options.up.base_port && *options.up.base_port != running.base_port) {
    return differs("with base port " + std::to_string(running.base_port),
                   std::to_string(*options.up.base_port));
  }
  if (options.up.bind != running.bind) return differs("on " + running.bind, options.up.bind);
  if (options.up.bind_grpc != running.bind_grpc) {
    return differs("with gRPC on " + running.bind_grpc, options.up.bind_grpc);
  }
  return absl::OkStatus();
}

// The flags for the supervisor's own process.
std::vector<std::string> SupervisorArguments(const stack::Layout& layout,
                                             const UpOptions& options) {
  std::vector<std::string> argv = {std::filesystem::read_symlink("/proc/self/exe"),
                                   "up",
                                   "--supervise",
                                   "--data-dir",
                                   layout.root(),
                                   "--bind",
                                   options.up.bind,
                                   "--bind-grpc",
                                   options.up.bind_grpc};
  const auto add = [&argv](const std::string& flag, const std::string& value) {
    argv.push_back(flag);
    argv.push_back(value);
  };
  if (options.up.base_port) add("--base-port", std::to_string(*options.up.base_port));
  if (options.up.max_running) add("--max-running", std::to_string(*options.up.max_running));
  if (!options.up.engine.empty()) add("--engine", options.up.engine);
  if (!options.up.nats_server.empty()) {
    add("--nats-server", std::filesystem::absolute(options.up.nats_server));
  }
  return argv;
}

// What stack.json says; nothing where no stack was ever started.
absl::StatusOr<std::optional<stack::Record>> FindRecord(const stack::Layout& layout) {
  auto record = stack::ReadRecord(layout.record());
  if (absl::IsNotFound(record.status())) return std::nullopt;
  if (!record.ok()) return record.status();
  return *std::move(record);
}

// Whoever relied on it is told that it is so no more.
void TellWhatIsClosed(const stack::Record& last, const UpOptions& options) {
  const auto closed = [](const char* flag, const std::string& before, const std::string& now) {
    if (stack::IsLoopback(before) || !stack::IsLoopback(now)) return;
    Talk("no longer open to the network on " + before + ": that takes " + std::string(flag) +
         ", which is not remembered");
  };
  closed("--bind", last.bind, options.up.bind);
  closed("--bind-grpc", last.bind_grpc, options.up.bind_grpc);
}

absl::StatusOr<int> Detach(const Globals& globals, const stack::Layout& layout,
                           const UpOptions& options) {
  if (auto status = layout.MakeDirectories(); !status.ok()) return status;
  stack::Command command;
  command.argv = SupervisorArguments(layout, options);
  command.log = layout.log(kSupervisor);
  command.die_with_parent = false;
  const int64_t log_begin = stack::FileSize(command.log);
  const auto supervisor = stack::Spawn(command);
  if (!supervisor.ok()) return supervisor.status();
  int end = 0;
  const auto running = [&supervisor, &end] { return waitpid(supervisor->pid, &end, WNOHANG) == 0; };
  // Until the supervisor has made the record its own, it tells of the last run.
  const auto is_ours = [&layout, &supervisor] {
    const auto record = stack::ReadRecord(layout.record());
    return record.ok() && record->supervisor == *supervisor;
  };
  bool alive = running();
  while (alive && !is_ours()) {
    absl::SleepFor(absl::Milliseconds(10));
    alive = running();
  }
  const bool seen = alive;
  absl::Status status = absl::CancelledError();
  if (alive) {
    const absl::Duration timeout = globals.timeout.value_or(kReadyTimeout);
    status = AwaitReady(
        layout, timeout, [&] { return alive = running(); }, &Talk);
  }
  if (status.ok()) {
    const auto record = stack::ReadRecord(layout.record());
    if (!record.ok()) return record.status();
    Announce(globals, layout, *record);
    Print(stack::HttpUrl(*record) + "\n");
    return kOk;
  }
  const auto record = stack::ReadRecord(layout.record());
  if (seen && record.ok() && !record->failure.empty()) {
    // It ends itself.
    waitpid(supervisor->pid, &end, 0);
    return UsageError(record->failure);
  }
  if (alive) {
    // Half a stack helps nobody.
    const auto stopped = stack::Stop(layout, kReadyTimeout, [](const auto&) {});
    if (!stopped.ok()) Talk(Message(stopped));
    return status;
  }
  // It has said why, in its log.
  constexpr int kLines = 20;
  std::fputs(stack::Tail(command.log, kLines, log_begin).c_str(), stderr);
  return WIFEXITED(end) && WEXITSTATUS(end) != 0 ? WEXITSTATUS(end) : kFailure;
}

absl::StatusOr<int> Foreground(const Globals& globals, const stack::Layout& layout,
                               const UpOptions& options) {
  stack::Supervisor::BlockSignals();
  auto prepared = stack::PreparedStack::Prepare(layout, options.up, &TalkWithTime);
  if (!prepared.ok()) return prepared.status();
  if (options.supervise) {
    // No directory of the caller's is to be kept in use.
    if (chdir("/") != 0) Talk("cannot leave the current directory");
    const auto status = prepared->Run(&TalkWithTime);
    if (!status.ok()) return UsageError(Message(status));
    return kOk;
  }
  std::atomic<bool> stopping = false;
  std::thread announcer([&globals, &layout, &stopping, record = prepared->record()] {
    const absl::Duration timeout = globals.timeout.value_or(kReadyTimeout);
    const auto status = AwaitReady(
        layout, timeout, [&] { return !stopping; }, &TalkWithTime);
    if (status.ok()) Announce(globals, layout, record);
    if (status.ok()) Talk("Ctrl-C stops it");
    if (!status.ok() && !absl::IsCancelled(status)) Talk(ErrorText(status, ""));
  });
  const auto status = prepared->Run(&TalkWithTime);
  stopping = true;
  announcer.join();
  if (!status.ok()) return UsageError(Message(status));
  return kOk;
}

// What a first `up` that failed has made: without a record no stack ever was.
// The directory itself stays if it was there before.
void RemoveUnused(const stack::Layout& layout, bool existed) {
  std::error_code error;
  if (std::filesystem::exists(layout.record(), error)) return;
  // Nobody else may be about to start one there.
  const auto lock = stack::Lock::TryAcquire(layout.lock());
  if (!lock.ok()) return;
  for (const auto& entry : std::filesystem::directory_iterator(layout.root(), error)) {
    std::filesystem::remove_all(entry.path(), error);
  }
  if (!existed) std::filesystem::remove(layout.root(), error);
}

// CLI11 leaves an empty line for the group of the flags that do not show.
class HelpFormatter : public CLI::Formatter {
 public:
  std::string make_help(const CLI::App* app, std::string name,
                        CLI::AppFormatMode mode) const override {
    return absl::StrReplaceAll(CLI::Formatter::make_help(app, std::move(name), mode),
                               {{"\n\n\n", "\n\n"}});
  }
};

absl::StatusOr<int> Up(const Globals& globals, const UpOptions& options) {
  const auto layout = FindLayout(globals);
  if (!layout.ok()) return layout.status();
  if (options.up.base_port) {
    const auto status = stack::CheckBasePort(*options.up.base_port);
    if (!status.ok()) return UsageError(Message(status));
  }
  for (const auto& [flag, address] :
       {std::pair{"--bind", options.up.bind}, std::pair{"--bind-grpc", options.up.bind_grpc}}) {
    const auto status = stack::CheckBind(flag, address);
    if (!status.ok()) return UsageError(Message(status));
  }
  const auto record = FindRecord(*layout);
  if (!record.ok()) return record.status();
  if (!*record || !stack::IsRunning(**record)) {
    if (*record && !options.supervise) TellWhatIsClosed(**record, options);
    std::error_code error;
    const bool existed = std::filesystem::exists(layout->root(), error);
    const bool fresh = !existed || std::filesystem::is_empty(layout->root(), error);
    auto ended =
        options.detach ? Detach(globals, *layout, options) : Foreground(globals, *layout, options);
    if (fresh && !options.supervise) RemoveUnused(*layout, existed);
    return ended;
  }
  const stack::Record& running = **record;
  if (const auto status = CheckSame(*layout, running, options); !status.ok()) return status;
  Talk("the stack in " + layout->root() + " is already running");
  // One that was started a moment ago may not be ready yet.
  const auto status = AwaitReady(
      *layout, globals.timeout.value_or(kReadyTimeout),
      [&running] { return stack::IsRunning(running); }, [](const auto&) {});
  if (!status.ok()) return status;
  Print(stack::HttpUrl(running) + "\n");
  return kOk;
}

}  // namespace

void AddUp(CLI::App& app, Session& session) {
  const auto options = std::make_shared<UpOptions>();
  auto* command = AddCommand(
      app, "up", "Start a stack on this machine, and keep its processes running",
      "  $ reactorctl up                  until Ctrl-C, telling what happens\n"
      "  $ reactorctl up --detach         in the background; prints the URL to POST to\n"
      "  $ reactorctl up --detach --data-dir ./test --base-port 15000   one more stack\n"
      "  $ reactorctl up --detach --bind 0.0.0.0   events from elsewhere, with a token\n"
      "\nWith base port N: N ingest's HTTP; N+1, N+2, N+3 gRPC of ingest, dispatcher and\n"
      "local-adapter; N+4 NATS, N+5 its monitoring; N+6, N+7, N+8 their /metrics; N+9 gRPC\n"
      "of the janitor, N+10 its /metrics.\n"
      "\nWhat the services are told besides is in the environment, such as how long Events are\n"
      "kept, EVENTREACTOR_EVENT_RETENTION_PERIOD=24h, or EVENTREACTOR_HTTP_TLS_CERT_FILE and\n"
      "EVENTREACTOR_HTTP_TLS_KEY_FILE for ingest; their own --help has all.\n");
  auto* base_port =
      command->add_option("--base-port", options->base_port,
                          "The first of eleven ports (default: that of the last time, "
                          "or 14380)");
  command
      ->add_option("--bind", options->up.bind,
                   "Where to take events over HTTP; beyond loopback, with the token in "
                   "DATA_DIR/http-token. Not remembered")
      ->capture_default_str();
  command
      ->add_option("--bind-grpc", options->up.bind_grpc,
                   "Where to serve gRPC, which is not encrypted: with the token in DATA_DIR/token "
                   "one may run containers. Not remembered")
      ->capture_default_str();
  command->add_option("--engine", options->up.engine,
                      "The container engine, unix:///SOCKET (default: DOCKER_HOST, podman's or "
                      "docker's socket, or an own podman)");
  auto* max_running =
      command->add_option("--max-running", options->max_running,
                          "How many Actions may run at once; 0 holds all (default: one per CPU)");
  max_running->check(CLI::Range(0, 1'000'000));
  command->add_option("--nats-server", options->up.nats_server,
                      "The nats-server to run (default: beside reactorctl, or on PATH)");
  command->add_flag("-d,--detach", options->detach, "Return as soon as all is ready");
  command->formatter(std::make_shared<HelpFormatter>());
  // An option without a group does not show in --help.
  command->add_flag("--supervise", options->supervise)->group("");
  command->callback([&session, options, base_port, max_running] {
    if (base_port->count() > 0) options->up.base_port = options->base_port;
    if (max_running->count() > 0) options->up.max_running = options->max_running;
    session.run = [&session, options] { return Up(session.globals, *options); };
  });
}

}  // namespace eventreactor::cli
