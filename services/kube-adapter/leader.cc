#include "services/kube-adapter/leader.h"

#include <glog/logging.h>

#include <map>
#include <string>

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

}  // namespace

LeaderWork::LeaderWork(const Ports& ports, const Options& options)
    : refused_(ports.refused),
      pods_(MakePodExecutor({ports.client, ports.logs, ports.recorder}, options.pod,
                            options.children)),
      builds_(options.knative_build ? MakeBuildExecutor({ports.client, ports.logs, ports.recorder},
                                                        options.pod.tool, options.children)
                                    : nullptr),
      executor_(Executors(pods_.get(), builds_.get()), options.executor),
      reconciler_({ports.store, executor_, ports.logs, ports.bus, ports.intake, ports.recorder},
                  options.reconciler),
      events_({ports.client, ports.store, ports.bus, ports.recorder}, {}),
      pipelines_(ports.client, ports.recorder, {.ns = options.ns}),
      startup_({{"the Actions that have not ended",
                 [this] {
                   // Before the list that tells of them.
                   refused_.Start();
                   return reconciler_.Start();
                 }}},
               kRetry, [this] {
                 events_.Start();
                 pipelines_.Start();
                 LOG(INFO) << "leading: Actions are run from here";
               }) {}

LeaderWork::~LeaderWork() {
  startup_.Stop();
  pipelines_.Stop();
  events_.Stop();
  reconciler_.Stop();
  refused_.Stop();
}

}  // namespace eventreactor::kube
