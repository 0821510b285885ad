#include "services/kube-adapter/leader.h"

#include <glog/logging.h>

#include <map>
#include <string>
#include <utility>

#include "services/kube-adapter/executor/build_executor.h"
#include "services/kube-adapter/executor/pod_executor.h"

namespace eventreactor::kube {
namespace {

constexpr absl::Duration kRetry = absl::Milliseconds(500);

std::map<std::string, Executor*> Executors(Executor* pods, Executor* builds) {
  std::map<std::string, Executor*> executors = {{kPodExecutor, pods}};
  if (builds != nullptr) executors[kKnativeBuildExecutor] = builds;
  return executors;
}

std::vector<std::unique_ptr<EventIntake>> EventIntakes(const LeaderWork::Ports& ports) {
  std::vector<std::unique_ptr<EventIntake>> intakes;
  intakes.reserve(ports.stores.each().size());
  for (const auto& store : ports.stores.each()) {
    intakes.push_back(std::make_unique<EventIntake>(
        EventIntake::Ports{ports.client, *store, ports.bus, ports.recorder},
        EventIntake::Options{}));
  }
  return intakes;
}

std::vector<std::unique_ptr<PipelineKeeper>> PipelineKeepers(const LeaderWork::Ports& ports,
                                                             std::vector<std::string> namespaces) {
  if (namespaces.empty()) namespaces.emplace_back();
  std::vector<std::unique_ptr<PipelineKeeper>> keepers;
  keepers.reserve(namespaces.size());
  for (std::string& ns : namespaces) {
    keepers.push_back(std::make_unique<PipelineKeeper>(
        ports.client, ports.recorder, PipelineKeeper::Options{.ns = std::move(ns)}));
  }
  return keepers;
}

}  // namespace

LeaderWork::LeaderWork(const Ports& ports, const Options& options)
    : refused_(ports.refused),
      pods_(MakePodExecutor({ports.client, ports.logs, ports.recorder}, options.pod,
                            options.children)),
      builds_(options.knative_build ? MakeBuildExecutor({ports.client, ports.logs, ports.recorder},
                                                        options.pod.tool, options.children)
                                    : nullptr),
      executor_(Executors(pods_.get(), builds_.get()), options.executor),
      reconciler_(
          {ports.stores.joined(), executor_, ports.logs, ports.bus, ports.intake, ports.recorder},
          options.reconciler),
      events_(EventIntakes(ports)),
      pipelines_(PipelineKeepers(ports, options.namespaces)),
      // The Pods first: nothing can be said of an Action before.
      startup_({{"the Pods that there are", [this] { return pods_->List().status(); }},
                {"the Actions that have not ended",
                 [this] {
                   // Before the list that tells of them.
                   refused_.Start();
                   LOG(INFO) << "leading: the Actions are being read";
                   return reconciler_.Start();
                 }}},
               kRetry, [this] {
                 for (const auto& events : events_) events->Start();
                 for (const auto& pipelines : pipelines_) pipelines->Start();
                 LOG(INFO) << "leading: all Actions are read";
               }) {}

LeaderWork::~LeaderWork() {
  startup_.Stop();
  // Each waits for its thread to end.
  pipelines_.clear();
  events_.clear();
  reconciler_.Stop();
  refused_.Stop();
}

}  // namespace eventreactor::kube
