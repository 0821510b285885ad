// What one replica does for all: runs Actions, dispatches Events made with
// kubectl, keeps Pipelines labelled.
#pragma once

#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "absl/time/time.h"
#include "libs/adapter/action_reconciler.h"
#include "libs/adapter/executor_choice.h"
#include "libs/adapter/intake.h"
#include "libs/adapter/log_store.h"
#include "libs/adapter/recorder.h"
#include "libs/adapter/startup.h"
#include "libs/bus/bus.h"
#include "services/kube-adapter/executor/child_executor.h"
#include "services/kube-adapter/kube/client.h"
#include "services/kube-adapter/pod/pod_plan.h"
#include "services/kube-adapter/store/event_intake.h"
#include "services/kube-adapter/store/kube_stores.h"
#include "services/kube-adapter/store/pipeline_keeper.h"
#include "services/kube-adapter/store/refused_actions.h"

namespace eventreactor::kube {

// What spec.executor may say here.
inline constexpr char kPodExecutor[] = "pod";
inline constexpr char kKnativeBuildExecutor[] = "knative-build";

class LeaderWork {
 public:
  // All of it outlives the work.
  struct Ports {
    Client& client;
    KubeStores& stores;
    LogStore& logs;
    bus::Bus& bus;
    Intake& intake;
    Recorder& recorder;
    RefusedActions& refused;
  };
  struct Options {
    // Empty: all.
    std::vector<std::string> namespaces;
    // What runs Actions that do not say it.
    std::string executor = kPodExecutor;
    // Whether there is kKnativeBuildExecutor.
    bool knative_build = false;
    PodOptions pod;
    ChildOptions children;
    ActionReconciler::Options reconciler;
  };

  // Begins at once, and goes on trying what fails.
  LeaderWork(const Ports& ports, const Options& options);
  // Leaves the Pods running.
  ~LeaderWork();
  LeaderWork(const LeaderWork&) = delete;
  LeaderWork& operator=(const LeaderWork&) = delete;

 private:
  RefusedActions& refused_;
  const std::unique_ptr<Executor> pods_;
  // Null if Builds are not run here.
  const std::unique_ptr<Executor> builds_;
  ExecutorChoice executor_;
  ActionReconciler reconciler_;
  // For each store.
  std::vector<std::unique_ptr<EventIntake>> events_;
  // For each namespace, or for all.
  std::vector<std::unique_ptr<PipelineKeeper>> pipelines_;
  Startup startup_;
};

}  // namespace eventreactor::kube
