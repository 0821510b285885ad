// eventreactor-kube-adapter: wires the parts, and takes them down in order.
#include <glog/logging.h>
#include <unistd.h>

#include <atomic>
#include <condition_variable>
#include <csignal>
#include <iostream>
#include <limits>
#include <mutex>
#include <string>
#include <thread>

#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "libs/adapter/services.h"
#include "libs/adapter/startup.h"
#include "libs/bus/jetstream.h"
#include "libs/service/server.h"
#include "libs/status/status.h"
#include "services/kube-adapter/config.h"
#include "services/kube-adapter/kube/config.h"
#include "services/kube-adapter/kube/lease.h"
#include "services/kube-adapter/kube/recorder.h"
#include "services/kube-adapter/leader.h"
#include "services/kube-adapter/store/kube_recorder.h"

namespace eventreactor::kube {
namespace {

constexpr absl::Duration kStartupRetry = absl::Milliseconds(500);
constexpr char kComponent[] = "eventreactor-kube-adapter";

int Fail(const absl::Status& status) {
  LOG(ERROR) << Message(status);
  return 1;
}

std::string HostName() {
  char name[256] = {};
  if (gethostname(name, sizeof(name) - 1) != 0) return kComponent;
  return name;
}

LeaderWork::Options WorkOptions(const AdapterConfig& config) {
  LeaderWork::Options options;
  options.namespaces = config.namespaces;
  options.executor = config.executor;
  options.knative_build = config.knative_build || config.executor == kKnativeBuildExecutor;
  options.pod.tool = {config.tool_image, config.tool_pull_policy};
  if (!config.gcs_image.empty()) options.pod.gcs_image = config.gcs_image;
  ChildOptions& children = options.children;
  children.namespaces = config.namespaces;
  children.logs.tail_bytes = config.adapter.LogTail();
  children.keep = absl::Seconds(config.keep_pods_seconds);
  children.log_readers = static_cast<size_t>(config.log_readers);
  options.reconciler.max_running =
      config.max_running < 0 ? std::numeric_limits<int>::max() : config.max_running;
  options.reconciler.max_running_of_namespace = config.adapter.MaxRunningOfNamespace();
  options.reconciler.tail_bytes = config.adapter.LogTail();
  options.reconciler.event_wait = config.adapter.EventWait();
  options.reconciler.start_wait = absl::Seconds(config.start_wait_seconds);
  return options;
}

// Begins the leader's work when told to. A leader that no longer is one ends
// the process: a new one begins with nothing in memory.
class Leadership {
 public:
  Leadership(const LeaderWork::Ports& ports, LeaderWork::Options options)
      : thread_([this, ports, options = std::move(options)](const std::stop_token& stop) {
          std::unique_lock lock(mutex_);
          if (!changed_.wait(lock, stop, [this] { return leading_; })) return;
          lock.unlock();
          const LeaderWork work(ports, options);
          lock.lock();
          changed_.wait(lock, stop, [] { return false; });
        }) {}

  LeaderCallbacks Callbacks() {
    LeaderCallbacks callbacks;
    callbacks.started_leading = [this] {
      const std::lock_guard lock(mutex_);
      leading_ = true;
      changed_.notify_all();
    };
    callbacks.stopped_leading = [this] {
      if (ended_) return;
      LOG(ERROR) << "no longer leading: another replica may have taken over; ending";
      kill(getpid(), SIGTERM);
    };
    callbacks.new_leader = [](const std::string& identity) {
      LOG(INFO) << "Actions are run by " << identity;
    };
    return callbacks;
  }

  // Ends the work.
  void End() {
    ended_ = true;
    thread_.request_stop();
    if (thread_.joinable()) thread_.join();
  }

 private:
  std::mutex mutex_;
  std::condition_variable_any changed_;
  bool leading_ = false;
  std::atomic<bool> ended_ = false;
  std::jthread thread_;
};

LeaderOptions ElectionOptions(const AdapterConfig& config, const Client& client) {
  LeaderOptions options;
  options.lease.ns =
      config.lease_namespace.empty() ? client.default_namespace() : config.lease_namespace;
  options.lease.name = config.lease_name;
  // Another process of the same Pod is another one.
  options.identity = absl::StrCat(config.identity.empty() ? HostName() : config.identity, "_",
                                  absl::ToUnixMicros(absl::Now()));
  return options;
}

int Serve(AdapterConfig config) {
  const auto foundation = service::LayFoundation(config.adapter.common);
  if (!foundation.ok()) return Fail(foundation.status());
  auto cluster = LoadConfig(config.kubeconfig);
  if (!cluster.ok()) return Fail(cluster.status());
  ClientOptions client_options;
  client_options.user_agent = kComponent;
  auto client = Client::Create(*std::move(cluster), client_options);
  if (!client.ok()) return Fail(client.status());
  config.adapter.bus.client_name = kComponent;
  auto bus = bus::JetStreamBus::Connect(config.adapter.bus);
  if (!bus.ok()) return Fail(bus.status());
  LogStore::Options log_options;
  log_options.max_bytes_per_step = config.adapter.LogBytes();
  LogStore logs(**bus, log_options);
  Intake intake;
  EventRecorder kube_events(**client, {.component = kComponent,
                                       .instance = HostName(),
                                       .busy = [&intake] { return intake.busy(); }});
  intake.OnIdle([&kube_events] { kube_events.Resume(); });
  KubeRecorder recorder(kube_events);
  RefusedActions refused(**client);
  KubeStores stores(**client, config.namespaces,
                    [&refused](const RefusedObject& object) { refused.Tell(object); });
  stores.Start();

  Leadership leadership({**client, stores, logs, **bus, intake, recorder, refused},
                        WorkOptions(config));
  auto elector =
      LeaderElector::Create(**client, ElectionOptions(config, **client), leadership.Callbacks());
  if (!elector.ok()) return Fail(elector.status());

  StreamLimit streams(config.adapter.max_streams);
  service::CallFrame frame(foundation->token);
  const ServicePorts ports{stores.joined(), logs, **bus, frame, streams, intake, recorder};
  const auto events = MakeEventService(ports);
  const auto pipelines = MakePipelineService(ports);
  const auto actions = MakeActionService(ports);
  auto server =
      service::Server::Start(config.adapter.common, {events.get(), pipelines.get(), actions.get()});
  if (!server.ok()) return Fail(server.status());
  bus::StreamLimits limits = config.adapter.Streams();
  limits.replicas = config.stream_replicas;
  Startup startup({{"the bus's streams", [&] { return (*bus)->EnsureStreams(limits); }},
                   {"the API server", [&] { return stores.Check(); }}},
                  kStartupRetry, [&] {
                    (*elector)->Start();
                    (*server)->SetServing(true);
                    LOG(INFO) << "serving";
                  });

  const int signal = service::WaitForSignal();
  LOG(INFO) << "signal " << signal << ": finishing what is under way; Pods go on";
  startup.Stop();
  (*server)->SetServing(false);
  // At once: another replica may lead already, or is to lead soon.
  leadership.End();
  (*elector)->Stop();
  (*server)->Shutdown(absl::Seconds(config.adapter.common.shutdown_seconds));
  kube_events.Flush(absl::Seconds(2));
  stores.Stop();
  return 0;
}

}  // namespace
}  // namespace eventreactor::kube

int main(int argc, char** argv) {
  using namespace eventreactor;  // NOLINT(google-build-using-namespace)
  CLI::App app(
      "Keeps Events, Pipelines and Actions in a Kubernetes API server, and runs Actions "
      "as Pods.");
  kube::AdapterConfig config;
  kube::DeclareConfig(app, config);
  if (const auto code = service::ParseOptions(app, "EVENTREACTOR", argc, argv)) return *code;
  if (const absl::Status status = kube::ValidateConfig(config); !status.ok()) {
    return service::RefuseOptions(app, status);
  }
  service::StartProcess(argv[0], config.adapter.common.verbosity);
  return kube::Serve(config);
}
