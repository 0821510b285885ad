#include "cli/stack/stack.h"

#include <unistd.h>

#include <csignal>
#include <cstdlib>
#include <filesystem>
#include <utility>

#include "absl/time/clock.h"
#include "cli/stack/neighbour.h"
#include "cli/stack/probe.h"
#include "libs/bus/server_config.h"
#include "libs/clock/steady_now.h"
#include "libs/service/version.h"
#include "libs/status/status.h"

namespace eventreactor::stack {
namespace {

constexpr absl::Duration kLeftoverGrace = absl::Seconds(15);
constexpr size_t kIdBytes = 8;
constexpr size_t kSecretBytes = 32;
// More than all streams together may take (libs/bus/jetstream.h).
constexpr int64_t kBusFileBytes = int64_t{3} << 30;
constexpr char kSocketScheme[] = "unix://";

// The children of a killed supervisor got SIGTERM from the kernel; wait for
// them, and make sure.
bool EndLeftovers(const Record& record, const Say& say) {
  if (record.boot_id != BootId()) return false;
  bool found = false;
  for (auto process = record.processes.rbegin(); process != record.processes.rend(); ++process) {
    if (!IsAlive(process->process)) continue;
    say("waiting for " + process->name + " of the last run to end, pid " +
        std::to_string(process->process.pid));
    Terminate(process->process, kLeftoverGrace);
    found = true;
  }
  return found;
}

absl::Status CheckPorts(int base_port, const std::string& bind, const std::string& bind_grpc) {
  const Ports ports = PortsFrom(base_port);
  const struct {
    const char* what;
    std::string host;
    int port;
  } wanted[] = {
      {"ingest's HTTP", bind, ports.ingest_http},
      {"ingest's gRPC", bind_grpc, ports.ingest_grpc},
      {"the dispatcher's gRPC", bind_grpc, ports.dispatcher_grpc},
      {"the adapter's gRPC", bind_grpc, ports.adapter_grpc},
      {"NATS", "127.0.0.1", ports.nats_client},
      {"the monitoring of NATS", "127.0.0.1", ports.nats_monitoring},
      {"ingest's metrics", "127.0.0.1", ports.ingest_metrics},
      {"the dispatcher's metrics", "127.0.0.1", ports.dispatcher_metrics},
      {"the adapter's metrics", "127.0.0.1", ports.adapter_metrics},
      {"the janitor's gRPC", bind_grpc, ports.janitor_grpc},
      {"the janitor's metrics", "127.0.0.1", ports.janitor_metrics},
  };
  for (const auto& [what, host, port] : wanted) {
    const auto status = CanListen(host, port);
    if (status.ok()) continue;
    const std::string other = Reason(status) == "PORT_IN_USE" ? StackOnPort(port) : "";
    return MakeStatus(status.code(), Reason(status),
                      std::string("cannot listen for ") + what + " on " + Message(status) +
                          (other.empty() ? "" : ", by the stack in " + other));
  }
  return absl::OkStatus();
}

absl::StatusOr<std::string> Find(const std::string& name, const std::vector<std::string>& places,
                                 const std::string& hint) {
  std::string path = FindProgram(name, places);
  if (!path.empty()) return path;
  return MakeStatus(absl::StatusCode::kFailedPrecondition, "PROGRAM_NOT_FOUND",
                    "there is no " + name + " beside reactorctl or on PATH; " + hint);
}

absl::StatusOr<Programs> FindPrograms(const UpOptions& options, const std::string& podman) {
  const std::string own = OwnDirectory();
  const std::vector<std::string> places = {own, own + "/../libexec"};
  const std::string rebuild = "build or install it with reactorctl";
  Programs programs;
  programs.podman = podman;
  if (options.nats_server.empty()) {
    // Debian keeps it where a user's PATH does not lead.
    auto nats = Find("nats-server", {own, own + "/../libexec", "/usr/sbin"},
                     "install it (apt-get install nats-server) or name it with --nats-server");
    if (!nats.ok()) return nats.status();
    programs.nats_server = *nats;
  } else if (access(options.nats_server.c_str(), X_OK) == 0) {
    programs.nats_server = std::filesystem::absolute(options.nats_server);
  } else {
    return MakeStatus(absl::StatusCode::kFailedPrecondition, "PROGRAM_NOT_FOUND",
                      "--nats-server: " + options.nats_server + " cannot be executed");
  }
  const std::pair<const char*, std::string*> ours[] = {
      {"eventreactor-local-adapter", &programs.adapter},
      {"eventreactor-dispatcher", &programs.dispatcher},
      {"eventreactor-ingest", &programs.ingest},
      {"eventreactor-janitor", &programs.janitor}};
  for (const auto& [name, path] : ours) {
    auto found = Find(name, places, rebuild);
    if (!found.ok()) return found.status();
    *path = *found;
  }
  return programs;
}

std::string EnvironmentVariable(const char* name) {
  const char* value = std::getenv(name);
  return value == nullptr ? "" : value;
}

// The secret in a file, made where there is none.
absl::StatusOr<std::string> EnsureSecret(const std::string& path) {
  auto secret = ReadFirstLine(path);
  if (secret.ok() && !secret->empty()) return secret;
  const std::string fresh = RandomHex(kSecretBytes);
  if (auto status = WritePrivateFile(path, fresh + "\n"); !status.ok()) return status;
  return fresh;
}

absl::Status WriteBusFiles(const StackPlan& plan) {
  const auto password = EnsureSecret(plan.layout.nats_password());
  if (!password.ok()) return password.status();
  const Ports ports = PortsFrom(plan.base_port);
  bus::NatsServerOptions options;
  options.port = ports.nats_client;
  options.http_port = ports.nats_monitoring;
  options.store_dir = plan.layout.jetstream();
  options.max_file_bytes = kBusFileBytes;
  options.user = kBusUser;
  options.password = *password;
  return WritePrivateFile(plan.layout.nats_config(), bus::NatsServerConfig(options));
}

// The socket and the configuration of the stack's own engine.
absl::Status PrepareEngine(StackPlan& plan) {
  const std::string socket = plan.layout.EngineSocket(plan.id, ReadEnvironment());
  auto status = MakePrivateDirectory(std::filesystem::path(socket).parent_path());
  if (!status.ok()) return status;
  plan.engine.address = kSocketScheme + socket;
  // CONTAINERS_CONF replaces every other containers.conf: set only where
  // podman could not start a container otherwise, and never over the user's.
  const std::string conf = ContainersConf(ReadHostFacts());
  if (conf.empty() || !EnvironmentVariable("CONTAINERS_CONF").empty()) return absl::OkStatus();
  plan.use_containers_conf = true;
  return WritePrivateFile(plan.layout.containers_conf(), conf);
}

// The one outside of the data directory, if a long path made one necessary.
void RemoveSocketDirectory(const StackPlan& plan) {
  const auto directory =
      std::filesystem::path(plan.layout.EngineSocket(plan.id, ReadEnvironment())).parent_path();
  std::error_code error;
  if (directory != plan.layout.root()) std::filesystem::remove_all(directory, error);
}

absl::StatusOr<Engine> FindEngine(const UpOptions& options, const Record& last,
                                  const std::string& podman) {
  EngineQuery query;
  query.flag = options.engine;
  query.docker_host = EnvironmentVariable("DOCKER_HOST");
  query.last = {last.engine, last.own_engine};
  query.environment = ReadEnvironment();
  query.podman = podman;
  query.answers = &EngineAnswers;
  return ChooseEngine(query);
}

}  // namespace

absl::StatusOr<PreparedStack> PreparedStack::Prepare(const Layout& layout, const UpOptions& options,
                                                     const Say& say) {
  if (auto status = layout.MakeDirectories(); !status.ok()) return status;
  auto lock = Lock::TryAcquire(layout.lock());
  if (!lock.ok()) return lock.status();

  auto last = ReadRecord(layout.record());
  if (!last.ok() && !absl::IsNotFound(last.status())) return last.status();
  Record record = last.ok() ? *std::move(last) : Record();
  EndLeftovers(record, say);
  if (record.id.empty()) record.id = RandomHex(kIdBytes);

  StackPlan plan{layout};
  plan.id = record.id;
  plan.bind = options.bind;
  plan.bind_grpc = options.bind_grpc;
  plan.base_port =
      options.base_port.value_or(record.base_port == 0 ? kDefaultBasePort : record.base_port);
  if (auto status = CheckBasePort(plan.base_port); !status.ok()) return status;
  if (auto status = CheckBind("--bind", plan.bind); !status.ok()) return status;
  if (auto status = CheckBind("--bind-grpc", plan.bind_grpc); !status.ok()) return status;
  if (auto status = CheckPorts(plan.base_port, plan.bind, plan.bind_grpc); !status.ok()) {
    return status;
  }

  const std::string podman = FindProgram("podman", {"/usr/bin"});
  auto programs = FindPrograms(options, podman);
  if (!programs.ok()) return programs.status();
  plan.programs = *std::move(programs);
  auto engine = FindEngine(options, record, podman);
  if (!engine.ok()) return engine.status();
  plan.engine = *std::move(engine);
  if (plan.engine.own) {
    if (auto status = PrepareEngine(plan); !status.ok()) return status;
  }
  plan.max_running = options.max_running;
  if (auto token = EnsureSecret(layout.token()); !token.ok()) return token.status();
  plan.http_token_file =
      HttpTokenFile(layout, plan.bind, EnvironmentVariable("EVENTREACTOR_HTTP_TOKEN_FILE"));
  if (plan.http_token_file == layout.http_token()) {
    if (auto token = EnsureSecret(layout.http_token()); !token.ok()) return token.status();
  }
  if (auto status = WriteBusFiles(plan); !status.ok()) return status;

  record.base_port = plan.base_port;
  record.bind = plan.bind;
  record.bind_grpc = plan.bind_grpc;
  record.http_token_file = plan.http_token_file;
  // Ingest is told by the environment, which is ours.
  record.tls = !EnvironmentVariable("EVENTREACTOR_HTTP_TLS_CERT_FILE").empty();
  record.engine = plan.engine.address;
  record.own_engine = plan.engine.own;
  record.version = service::Version();
  record.boot_id = BootId();
  record.failure.clear();
  const auto self = Identify(getpid());
  if (!self.ok()) return self.status();
  record.supervisor = *self;
  record.processes.clear();
  if (auto status = WriteRecord(layout.record(), record); !status.ok()) return status;
  return PreparedStack(*std::move(lock), std::move(plan), std::move(record));
}

absl::Status PreparedStack::Run(const Say& say) {
  Supervisor::Options options;
  options.say = say;
  options.more_logs = {plan_.layout.log("supervisor")};
  options.changed = [this, &say](const std::vector<ProcessRecord>& processes) {
    record_.processes = processes;
    const auto status = WriteRecord(plan_.layout.record(), record_);
    // The processes run on; clients may see old process ids for a while.
    if (!status.ok()) say("cannot keep stack.json: " + Message(status));
  };
  absl::Status ended = Supervisor(ChildrenOf(plan_), options).Run();
  record_.failure = Message(ended);
  if (plan_.engine.own) RemoveSocketDirectory(plan_);
  record_.supervisor = {};
  record_.processes.clear();
  const auto status = WriteRecord(plan_.layout.record(), record_);
  if (!status.ok()) say("cannot keep stack.json: " + Message(status));
  return ended;
}

absl::Status Stop(const Layout& layout, absl::Duration timeout, const Say& say) {
  const absl::Time deadline = SteadyNow() + timeout;
  ProcessId asked;
  while (true) {
    auto record = ReadRecord(layout.record());
    if (absl::IsNotFound(record.status())) return absl::OkStatus();
    if (!record.ok()) return record.status();
    // Asked once: a second signal means haste.
    if (IsRunning(*record) && record->supervisor != asked) {
      asked = record->supervisor;
      Signal(asked, SIGTERM);
    }
    const auto lock = Lock::TryAcquire(layout.lock());
    if (lock.ok()) {
      // With the lock held nobody starts what is being ended here.
      if (!EndLeftovers(*record, say)) return absl::OkStatus();
      record->processes.clear();
      return WriteRecord(layout.record(), *record);
    }
    if (Reason(lock.status()) != "LOCKED") return lock.status();
    if (SteadyNow() > deadline) {
      return MakeStatus(absl::StatusCode::kDeadlineExceeded, "STILL_STOPPING",
                        "the stack in " + layout.root() + " is still stopping; its log is " +
                            layout.log("supervisor"));
    }
    absl::SleepFor(absl::Milliseconds(20));
  }
}

}  // namespace eventreactor::stack
