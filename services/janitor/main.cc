// eventreactor-janitor: wires the parts, and takes them down in order.
#include <glog/logging.h>

#include <csignal>
#include <cstdio>
#include <optional>
#include <string>

#include "libs/clock/steady_now.h"
#include "libs/service/server.h"
#include "libs/status/status.h"
#include "services/janitor/config.h"
#include "services/janitor/janitor_service.h"
#include "services/janitor/report.h"
#include "services/janitor/sweep.h"
#include "services/janitor/sweep_loop.h"

namespace eventreactor::janitor {
namespace {

int Fail(const absl::Status& status) {
  LOG(ERROR) << Message(status);
  return 1;
}

Sweeper::Options SweeperOptions(const Config& config, const Policy& policy) {
  Sweeper::Options options;
  options.events = policy.events;
  options.actions = policy.actions;
  options.minimum_age = policy.minimum_age;
  if (config.deletions_per_second > 0) {
    options.deletion_interval = absl::Seconds(1) / config.deletions_per_second;
  }
  return options;
}

// Killed at any point it does no harm: nobody waits for signals here.
void LetSignalsEndUs() {
  sigset_t signals;
  sigemptyset(&signals);
  sigaddset(&signals, SIGTERM);
  sigaddset(&signals, SIGINT);
  pthread_sigmask(SIG_UNBLOCK, &signals, nullptr);
}

// stdout is data: what goes, one line each.
int SweepAndEnd(const Config& config, Sweeper& sweeper) {
  LetSignalsEndUs();
  Sweeper::Call call;
  call.dry_run = config.dry_run;
  call.tell = [](const v1::Removal& removal) {
    return std::puts(InWords(removal).c_str()) >= 0 && std::fflush(stdout) == 0;
  };
  v1::SweepSummary summary;
  const absl::Status status = sweeper.Sweep(call, summary);
  LOG(INFO) << InWords(summary);
  if (!status.ok()) return Fail(status);
  return summary.actions().failed() + summary.events().failed() == 0 ? 0 : 1;
}

int Run(const Config& config, const Policy& policy) {
  const auto foundation = service::LayFoundation(config.common);
  if (!foundation.ok()) return Fail(foundation.status());
  const auto adapter = MakeGrpcAdapter({config.adapter, foundation->token},
                                       absl::Milliseconds(config.call_timeout_ms));
  SweepMetrics metrics(service::Registry());
  Sweeper sweeper(*adapter, metrics, SweeperOptions(config, policy));
  if (config.once) return SweepAndEnd(config, sweeper);

  service::CallFrame frame(foundation->token);
  JanitorServiceImpl janitor_service(frame, sweeper);
  auto server = service::Server::Start(config.common, {&janitor_service});
  if (!server.ok()) return Fail(server.status());
  std::optional<SweepLoop> loop(
      std::in_place, *adapter, sweeper,
      SweepLoop::Options{.interval = policy.sweep_interval,
                         .serving = [&](bool answers) { (*server)->SetServing(answers); }});
  const int signal = service::WaitForSignal();
  LOG(INFO) << "signal " << signal << ": ending between two deletions";
  const absl::Time deadline = SteadyNow() + absl::Seconds(config.common.shutdown_seconds);
  loop.reset();
  (*server)->Shutdown(deadline - SteadyNow());
  return 0;
}

}  // namespace
}  // namespace eventreactor::janitor

int main(int argc, char** argv) {
  using namespace eventreactor;  // NOLINT(google-build-using-namespace)
  CLI::App app(
      "Removes Events and Actions that are older than the retention period, or beyond its count: "
      "again and again, or once.");
  janitor::Config config;
  janitor::DeclareConfig(app, config);
  if (const auto code = service::ParseOptions(app, "EVENTREACTOR", argc, argv)) return *code;
  const auto policy = janitor::PolicyOf(config);
  if (!policy.ok()) {
    return service::RefuseOptions(app, policy.status());
  }
  service::StartProcess(argv[0], config.common.verbosity);
  return janitor::Run(config, *policy);
}
