// An adapter: its services and its reconciler's steps as they are, over ports
// of the simulation. Make another over the same store, bus and engine, and it
// is as if the first had been restarted.
#pragma once

#include <memory>

#include "eventreactor/v1/action_service.grpc.pb.h"
#include "eventreactor/v1/event_service.grpc.pb.h"
#include "eventreactor/v1/pipeline_service.grpc.pb.h"
#include "libs/adapter/action_steps.h"
#include "libs/adapter/services.h"
#include "tests/simulation/bus_port.h"
#include "tests/simulation/engine.h"
#include "tests/simulation/store_port.h"

namespace eventreactor::simulation {

// What outlives all processes.
struct Outside {
  Schedule& schedule;
  Calls& calls;
  History& history;
  bus::FakeBus& bus;
  MemoryStore& store;
  Engine& engine;
  Mutation mutation = Mutation::kNone;
};

class AdapterProcess {
 public:
  AdapterProcess(const Outside& outside, ProcessPtr process, const Room& room);

  // Spawns what the threads of a reconciler do.
  void Start();

  const ProcessPtr& process() const { return process_; }
  v1::EventService::Service& events() { return *events_; }
  v1::PipelineService::Service& pipelines() { return *pipelines_; }
  v1::ActionService::Service& actions() { return *actions_; }

 private:
  void Begin();
  using Following = absl::Status (ActionSteps::*)(std::string& version);
  void Follow(Following following, std::string version);
  void Work();

  Schedule& schedule_;
  const ProcessPtr process_;
  StorePort store_;
  BusPort bus_;
  ExecutorPort executor_;
  LogStore logs_;
  service::CallFrame frame_{""};
  StreamLimit streams_{1};
  // One each, as neither is to wait for the other: that is a matter of time only.
  Intake of_services_;
  Intake of_runs_;
  std::unique_ptr<v1::EventService::Service> events_;
  std::unique_ptr<v1::PipelineService::Service> pipelines_;
  std::unique_ptr<v1::ActionService::Service> actions_;
  ActionSteps steps_;
};

}  // namespace eventreactor::simulation
