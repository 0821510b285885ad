// Runs Actions as Builds of Knative Build, which a build controller makes Pods
// of: whoever runs one. There is no maintained one; any that does what
// build/build_observe.h reads will do.
#pragma once

#include <memory>

#include "libs/adapter/executor.h"
#include "services/kube-adapter/executor/child_executor.h"
#include "services/kube-adapter/pod/pod_tool.h"

namespace eventreactor::kube {

std::unique_ptr<Executor> MakeBuildExecutor(const ExecutorPorts& ports, const PodTool& tool,
                                            const ChildOptions& options);

}  // namespace eventreactor::kube
