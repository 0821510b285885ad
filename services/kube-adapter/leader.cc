#include "services/kube-adapter/leader.h"

#include <glog/logging.h>

namespace eventreactor::kube {
namespace {

constexpr absl::Duration kRetry = absl::Milliseconds(500);

}  // namespace

LeaderWork::LeaderWork(const Ports& ports, const Options& options)
    : refused_(ports.refused),
      executor_(ports.client, ports.logs, ports.recorder, options.executor),
      reconciler_({ports.store, executor_, ports.logs, ports.bus, ports.intake},
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
