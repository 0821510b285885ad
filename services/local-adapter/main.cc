// eventreactor-local-adapter: wires the parts, and takes them down in order.
#include <glog/logging.h>

#include <filesystem>
#include <optional>
#include <string>

#include "absl/time/clock.h"
#include "libs/adapter/action_reconciler.h"
#include "libs/adapter/services.h"
#include "libs/adapter/startup.h"
#include "libs/bus/jetstream.h"
#include "libs/bus/readiness.h"
#include "libs/service/server.h"
#include "libs/status/status.h"
#include "services/local-adapter/config.h"
#include "services/local-adapter/container_executor.h"
#include "services/local-adapter/document_service.h"
#include "services/local-adapter/sqlite_store.h"

namespace eventreactor::local {
namespace {

constexpr absl::Duration kStartupRetry = absl::Milliseconds(500);

int Fail(const absl::Status& status) {
  LOG(ERROR) << Message(status);
  return 1;
}

std::string ToolBesideUs() {
  std::error_code error;
  const auto self = std::filesystem::read_symlink("/proc/self/exe", error);
  return (self.parent_path() / "eventreactor-tool").string();
}

ContainerExecutor::Options ExecutorOptions(const Config& config) {
  ContainerExecutor::Options options;
  options.engine = config.engine;
  options.stack_id = config.stack_id;
  PlanOptions& plan = options.run.plan;
  plan.allow_privileged = config.allow_privileged;
  plan.host_paths = config.host_paths;
  if (!config.git_image.empty()) plan.git_image = config.git_image;
  if (!config.gcs_image.empty()) plan.gcs_image = config.gcs_image;
  options.run.tool = config.tool.empty() ? ToolBesideUs() : config.tool;
  options.run.log_tail_bytes = config.adapter.LogTail();
  return options;
}

ActionReconciler::Options ReconcilerOptions(const Config& config) {
  ActionReconciler::Options options;
  options.max_running = MaxRunning(config);
  options.max_running_of_namespace = config.adapter.MaxRunningOfNamespace();
  options.tail_bytes = config.adapter.LogTail();
  options.event_wait = config.adapter.EventWait();
  return options;
}

int Serve(Config config) {
  const auto foundation = service::LayFoundation(config.adapter.common);
  if (!foundation.ok()) return Fail(foundation.status());
  Database::Options database;
  database.path = config.database;
  database.max_bytes = config.database_max_mib << 20;
  auto store = SqliteStore::Open(database);
  if (!store.ok()) return Fail(store.status());
  config.adapter.bus.client_name = "eventreactor-local-adapter";
  auto bus = bus::JetStreamBus::Connect(config.adapter.bus);
  if (!bus.ok()) return Fail(bus.status());
  LogStore::Options log_options;
  log_options.max_bytes_per_step = config.adapter.LogBytes();
  LogStore logs(**bus, log_options);
  auto executor = ContainerExecutor::Create(ExecutorOptions(config), logs, (*store)->documents());
  if (!executor.ok()) return Fail(executor.status());

  Intake intake;
  StreamLimit streams(config.adapter.max_streams);
  ActionReconciler reconciler({**store, **executor, logs, **bus, intake},
                              ReconcilerOptions(config));
  service::CallFrame frame(foundation->token);
  ServicePorts ports{**store, logs, **bus, frame, streams, intake};
  ports.check_pipeline = [options =
                              ExecutorOptions(config).run.plan](const v1::Pipeline& pipeline) {
    return CheckPipeline(pipeline, options);
  };
  const auto events = MakeEventService(ports);
  const auto pipelines = MakePipelineService(ports);
  const auto actions = MakeActionService(ports);
  const auto documents = MakeDocumentService((*store)->documents(), frame);
  auto server = service::Server::Start(
      config.adapter.common, {events.get(), pipelines.get(), actions.get(), documents.get()});
  if (!server.ok()) return Fail(server.status());
  bus::Readiness readiness({[&] { return (*bus)->Connected(); },
                            [&] { return (*bus)->VerifyStreams(); },
                            [&](const absl::Status& status) {
                              LOG_IF(WARNING, !status.ok()) << "not ready: " << Message(status);
                              (*server)->SetServing(status.ok());
                            }});
  std::optional<bus::ReadinessPoller> poller;
  Startup startup(
      {{"the bus's streams", [&] { return (*bus)->EnsureStreams(config.adapter.Streams()); }},
       {"the Actions that have not ended", [&] { return reconciler.Start(); }}},
      kStartupRetry, [&] {
        LOG(INFO) << "serving; at most " << MaxRunning(config) << " Actions at once";
        poller.emplace(readiness);
      });

  const int signal = service::WaitForSignal();
  LOG(INFO) << "signal " << signal << ": finishing what is under way; containers go on";
  startup.Stop();
  poller.reset();
  (*server)->Shutdown(absl::Seconds(config.adapter.common.shutdown_seconds));
  reconciler.Stop();
  return 0;
}

}  // namespace
}  // namespace eventreactor::local

int main(int argc, char** argv) {
  using namespace eventreactor;  // NOLINT(google-build-using-namespace)
  CLI::App app("Keeps Events, Pipelines and Actions in SQLite, and runs Actions as containers.");
  local::Config config;
  local::DeclareConfig(app, config);
  if (const auto code = service::ParseOptions(app, "EVENTREACTOR", argc, argv)) return *code;
  if (const absl::Status status = local::ValidateConfig(config); !status.ok()) {
    return service::RefuseOptions(app, status);
  }
  service::StartProcess(argv[0], config.adapter.common.verbosity);
  return local::Serve(config);
}
