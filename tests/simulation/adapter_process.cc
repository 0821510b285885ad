#include "tests/simulation/adapter_process.h"

#include <glog/logging.h>

#include <algorithm>
#include <optional>
#include <utility>

namespace eventreactor::simulation {
namespace {

constexpr int kWorkers = 2;
constexpr absl::Duration kBeginAgain = absl::Milliseconds(200);
// How late a worker may be that nobody has woken.
constexpr absl::Duration kShortestNap = absl::Milliseconds(200);
constexpr absl::Duration kLongestNap = absl::Seconds(20);

// The service as what it is, to be called without a server.
template <class Service>
std::unique_ptr<Service> As(std::unique_ptr<grpc::Service> service) {
  auto* const known = dynamic_cast<Service*>(service.release());
  CHECK(known != nullptr);
  return std::unique_ptr<Service>(known);
}

ActionSteps::Options OptionsOf(Schedule& schedule, const Room& room) {
  ActionSteps::Options options;
  options.max_running = room.all;
  options.max_running_of_namespace = room.of_namespace;
  // An outage is not what is looked at here.
  options.event_wait = absl::Hours(240);
  options.now = options.time_of_day = [&schedule] { return schedule.now(); };
  return options;
}

}  // namespace

AdapterProcess::AdapterProcess(const Outside& outside, ProcessPtr process, const Room& room)
    : schedule_(outside.schedule),
      process_(std::move(process)),
      store_(outside.store, outside.calls, outside.history, outside.mutation),
      bus_(outside.bus, outside.calls, process_, /*waits=*/false, outside.mutation),
      executor_(outside.engine, outside.calls, process_, outside.mutation),
      logs_(bus_, {}),
      steps_({store_, executor_, logs_, bus_, of_runs_}, OptionsOf(schedule_, room)) {
  const ServicePorts ports{store_, logs_, bus_, frame_, streams_, of_services_};
  events_ = As<v1::EventService::Service>(MakeEventService(ports));
  pipelines_ = As<v1::PipelineService::Service>(MakePipelineService(ports));
  actions_ = As<v1::ActionService::Service>(MakeActionService(ports));
}

void AdapterProcess::Start() {
  schedule_.Spawn(process_, [this] { Begin(); });
}

// As ActionReconciler::Start, again and again until it succeeds.
void AdapterProcess::Begin() {
  while (true) {
    const absl::StatusOr<std::string> events = steps_.EventsVersion();
    const absl::StatusOr<std::string> actions = events.ok() ? steps_.List() : events;
    if (!actions.ok()) {
      schedule_.Sleep(kBeginAgain);
      continue;
    }
    schedule_.Spawn(process_, [this, actions] { Follow(&ActionSteps::FollowActions, *actions); });
    schedule_.Spawn(process_, [this, events] { Follow(&ActionSteps::FollowEvents, *events); });
    for (int i = 0; i < kWorkers; ++i) schedule_.Spawn(process_, [this] { Work(); });
    break;
  }
  while (!steps_.Sweep().ok()) schedule_.Sleep(kBeginAgain);
}

void AdapterProcess::Follow(Following following, std::string version) {
  while (true) {
    if (!(steps_.*following)(version).ok()) schedule_.Sleep(kBeginAgain);
  }
}

void AdapterProcess::Work() {
  absl::Duration nap = kShortestNap;
  while (true) {
    if (const std::optional<RunKey> key = steps_.queue().TakeDue()) {
      steps_.Look(*key);
      // It may have woken another.
      schedule_.Notify();
      nap = kShortestNap;
    } else {
      schedule_.Idle(nap);
      nap = std::min(nap * 2, kLongestNap);
    }
  }
}

}  // namespace eventreactor::simulation
