#include "cli/stack/services.h"

#include <filesystem>
#include <utility>

#include "absl/status/status.h"
#include "absl/time/time.h"
#include "cli/stack/probe.h"
#include "libs/status/status.h"

namespace eventreactor::stack {
namespace {

// Of our own services. Of podman and nats-server, which are in Go, it is a panic's.
constexpr int kUsageStatus = 2;
constexpr absl::Duration kCheckPatience = absl::Seconds(2);

// What all of our services are told.
std::vector<std::string> CommonArguments(const StackPlan& plan, const std::string& program,
                                         int grpc_port, int metrics_port) {
  return {program,
          "--listen",
          HostPort(plan.bind_grpc, grpc_port),
          "--metrics-listen",
          HostPort(kLoopback, metrics_port),
          "--token-file",
          plan.layout.token()};
}

// What those are told that use the bus.
std::vector<std::string> BusArguments(const StackPlan& plan) {
  return {"--nats-url",
          "nats://" + HostPort(kLoopback, PortsFrom(plan.base_port).nats_client),
          "--nats-user",
          kBusUser,
          "--nats-password-file",
          plan.layout.nats_password()};
}

std::vector<std::string> CommonAndBusArguments(const StackPlan& plan, const std::string& program,
                                               int grpc_port, int metrics_port) {
  std::vector<std::string> argv = CommonArguments(plan, program, grpc_port, metrics_port);
  for (std::string& argument : BusArguments(plan)) argv.push_back(std::move(argument));
  return argv;
}

Child MakeChild(const StackPlan& plan, const std::string& name, std::vector<std::string> argv) {
  Child child;
  child.name = name;
  child.command.argv = std::move(argv);
  child.command.log = plan.layout.log(name);
  return child;
}

Child ServiceChild(const StackPlan& plan, const std::string& name, std::vector<std::string> argv) {
  Child child = MakeChild(plan, name, std::move(argv));
  child.usage_status = kUsageStatus;
  return child;
}

Child EngineChild(const StackPlan& plan) {
  Child child = MakeChild(
      plan, kEngine, {plan.programs.podman, "system", "service", "--time=0", plan.engine.address});
  // Images are unpacked for the containers' users, who must be able to read them.
  child.command.private_files = false;
  if (plan.use_containers_conf) {
    child.command.environment = {{"CONTAINERS_CONF", plan.layout.containers_conf()}};
  }
  return child;
}

Child AdapterChild(const StackPlan& plan) {
  const Ports ports = PortsFrom(plan.base_port);
  auto argv =
      CommonAndBusArguments(plan, plan.programs.adapter, ports.adapter_grpc, ports.adapter_metrics);
  argv.insert(argv.end(), {"--database", plan.layout.database(), "--engine", plan.engine.address,
                           "--stack-id", plan.id});
  if (plan.max_running) {
    argv.insert(argv.end(), {"--max-running", std::to_string(*plan.max_running)});
  }
  return ServiceChild(plan, kAdapter, std::move(argv));
}

Child DispatcherChild(const StackPlan& plan) {
  const Ports ports = PortsFrom(plan.base_port);
  auto argv = CommonAndBusArguments(plan, plan.programs.dispatcher, ports.dispatcher_grpc,
                                    ports.dispatcher_metrics);
  argv.insert(argv.end(),
              {"--adapter", HostPort(ReachableHost(plan.bind_grpc), ports.adapter_grpc)});
  return ServiceChild(plan, kDispatcher, std::move(argv));
}

Child IngestChild(const StackPlan& plan) {
  const Ports ports = PortsFrom(plan.base_port);
  auto argv =
      CommonAndBusArguments(plan, plan.programs.ingest, ports.ingest_grpc, ports.ingest_metrics);
  argv.insert(argv.end(), {"--http-listen", HostPort(plan.bind, ports.ingest_http)});
  if (!plan.http_token_file.empty()) {
    argv.insert(argv.end(), {"--http-token-file", plan.http_token_file});
  }
  return ServiceChild(plan, kIngest, std::move(argv));
}

Child JanitorChild(const StackPlan& plan) {
  const Ports ports = PortsFrom(plan.base_port);
  auto argv =
      CommonArguments(plan, plan.programs.janitor, ports.janitor_grpc, ports.janitor_metrics);
  argv.insert(argv.end(),
              {"--adapter", HostPort(ReachableHost(plan.bind_grpc), ports.adapter_grpc)});
  return ServiceChild(plan, kJanitor, std::move(argv));
}

// Where the disk was full, nats-server switches JetStream off, which /healthz
// tells, or (2.9.10) hangs on its own lock, which only /jsz does, by its silence.
Child BusChild(const StackPlan& plan) {
  Child child =
      MakeChild(plan, kNats, {plan.programs.nats_server, "-c", plan.layout.nats_config()});
  const std::string monitoring = HostPort(kLoopback, PortsFrom(plan.base_port).nats_monitoring);
  child.check = [monitoring] {
    absl::Status enabled = HttpAnswers(monitoring, "/healthz", kCheckPatience);
    if (!enabled.ok()) return enabled;
    const absl::Status answers = HttpAnswers(monitoring, "/jsz", kCheckPatience);
    return answers.ok() ? answers
                        : MakeStatus(absl::StatusCode::kAborted, "HANGS", Message(answers));
  };
  return child;
}

}  // namespace

std::string HttpTokenFile(const Layout& layout, const std::string& bind, const std::string& named) {
  // A relative path is the user's directory's, which the supervisor leaves.
  std::error_code gone;
  if (!named.empty()) return std::filesystem::absolute(named, gone).lexically_normal();
  return IsLoopback(bind) ? "" : layout.http_token();
}

std::vector<Child> ChildrenOf(const StackPlan& plan) {
  std::vector<Child> children;
  if (plan.engine.own) children.push_back(EngineChild(plan));
  children.push_back(BusChild(plan));
  children.push_back(AdapterChild(plan));
  children.push_back(DispatcherChild(plan));
  children.push_back(IngestChild(plan));
  children.push_back(JanitorChild(plan));
  return children;
}

std::vector<Readiness> ReadinessOf(int base_port, const std::string& bind_grpc, bool own_engine,
                                   const std::string& engine_address) {
  const Ports ports = PortsFrom(base_port);
  const std::string host = ReachableHost(bind_grpc);
  std::vector<Readiness> all;
  if (own_engine) all.push_back({kEngine, engine_address, "/_ping"});
  all.push_back({kNats, HostPort(kLoopback, ports.nats_monitoring), "/healthz"});
  all.push_back({kAdapter, HostPort(host, ports.adapter_grpc), ""});
  all.push_back({kDispatcher, HostPort(host, ports.dispatcher_grpc), ""});
  all.push_back({kIngest, HostPort(host, ports.ingest_grpc), ""});
  all.push_back({kJanitor, HostPort(host, ports.janitor_grpc), ""});
  return all;
}

}  // namespace eventreactor::stack
