// eventreactor-dispatcher: wires the parts, and takes them down in order.
#include <glog/logging.h>
#include <unistd.h>

#include <atomic>
#include <cstdlib>
#include <string>
#include <thread>

#include "absl/time/clock.h"
#include "libs/bus/jetstream.h"
#include "libs/clock/steady_now.h"
#include "libs/service/server.h"
#include "libs/status/status.h"
#include "services/dispatcher/config.h"
#include "services/dispatcher/dispatch_service.h"
#include "services/dispatcher/grpc_adapter.h"
#include "services/dispatcher/worker_pool.h"

namespace eventreactor::dispatcher {
namespace {

constexpr absl::Duration kReadinessInterval = absl::Milliseconds(250);

int Fail(const absl::Status& status) {
  LOG(ERROR) << Message(status);
  return 1;
}

int Serve(Config config) {
  const auto foundation = service::LayFoundation(config.common);
  if (!foundation.ok()) return Fail(foundation.status());
  config.bus.client_name = "eventreactor-dispatcher";
  auto bus = bus::JetStreamBus::Connect(config.bus);
  if (!bus.ok()) return Fail(bus.status());

  const auto adapter = MakeGrpcAdapter({config.adapter, foundation->token},
                                       absl::Milliseconds(config.call_timeout_ms));
  PipelineCache cache(*adapter);
  PipelineBarrier barrier(*adapter, cache, absl::Milliseconds(config.barrier_interval_ms));
  AdapterGate gate([&] { return adapter->Barrier("default").status(); });
  DeadLetters dead_letters(**bus);
  Loans loans;
  ProcessProber prober;
  CauseMetrics event_metrics(service::Registry(), "event");
  CauseMetrics action_metrics(service::Registry(), "action");
  AdapterMetrics adapter_metrics(service::Registry());
  PipelineMetrics pipeline_metrics(service::Registry());
  const DispatcherParts parts{*adapter, cache, barrier, dead_letters,
                              gate,     loans, prober,  [] { return absl::Now(); }};
  Dispatcher events(parts, kAcceptedEvents, event_metrics);
  Dispatcher actions(parts, kFinishedActions, action_metrics);

  service::CallFrame frame(foundation->token);
  Explainer explainer(*adapter, cache, barrier);
  RunRequests runs(*adapter, barrier, **bus);
  LetterBox letters(**bus);
  DispatchServiceImpl dispatch_service(frame, explainer, runs, letters);
  auto server = service::Server::Start(config.common, {&dispatch_service});
  if (!server.ok()) return Fail(server.status());
  WorkerPool workers(**bus, cache, gate,
                     {{bus::kEvents, events, config.event_workers},
                      {bus::kActions, actions, config.action_workers}},
                     config.batch);

  std::atomic<bool> stopping = false;
  std::thread readiness([&] {
    while (!stopping) {
      const std::shared_ptr<const View> view = cache.Current();
      adapter_metrics.answers.Set(gate.open() ? 1 : 0);
      pipeline_metrics.usable.Set(static_cast<double>(view->snapshot().size()));
      pipeline_metrics.broken.Set(static_cast<double>(view->broken_size()));
      (*server)->SetServing(cache.Ready() && workers.Attached());
      absl::SleepFor(kReadinessInterval);
    }
  });
  const int signal = service::WaitForSignal();
  LOG(INFO) << "signal " << signal << ": finishing what is under way";
  stopping = true;
  readiness.join();
  (*server)->SetServing(false);
  const absl::Time deadline = SteadyNow() + absl::Seconds(config.common.shutdown_seconds);
  cache.Stop();
  if (!workers.Stop(deadline - SteadyNow())) {
    LOG(WARNING) << "some dispatches did not end in time; the bus will lend them again";
    // Their threads cannot be waited for.
    _exit(0);
  }
  (*server)->Shutdown(deadline - SteadyNow());
  return 0;
}

}  // namespace
}  // namespace eventreactor::dispatcher

int main(int argc, char** argv) {
  using namespace eventreactor;  // NOLINT(google-build-using-namespace)
  if (argc == 2 && std::string(argv[1]) == dispatcher::kProbeArgument) {
    return dispatcher::ProbeMain(STDIN_FILENO);
  }
  CLI::App app("Matches Events and finished Actions with Pipelines, and creates Actions.");
  dispatcher::Config config;
  dispatcher::DeclareConfig(app, config);
  if (const auto code = service::ParseOptions(app, "EVENTREACTOR", argc, argv)) return *code;
  if (const absl::Status status = dispatcher::ValidateConfig(config); !status.ok()) {
    return service::RefuseOptions(app, status);
  }
  service::StartProcess(argv[0], config.common.verbosity);
  return dispatcher::Serve(config);
}
