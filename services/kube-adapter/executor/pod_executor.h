// Runs Actions as Pods: one Pod for each, its sources and steps as init
// containers in order.
#pragma once

#include <memory>

#include "libs/adapter/executor.h"
#include "services/kube-adapter/executor/child_executor.h"
#include "services/kube-adapter/pod/pod_plan.h"

namespace eventreactor::kube {

std::unique_ptr<Executor> MakePodExecutor(const ExecutorPorts& ports, const PodOptions& pod,
                                          const ChildOptions& options);

}  // namespace eventreactor::kube
