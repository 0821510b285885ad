#include "services/kube-adapter/store/kube_recorder.h"

#include "libs/manifest/manifest.h"

namespace eventreactor::kube {

void KubeRecorder::Record(const std::string& kind, const v1::ObjectMeta& metadata,
                          Severity severity, const std::string& reason,
                          const std::string& message) {
  events_.Record({.api_version = kApiVersion,
                  .kind = kind,
                  .ns = metadata.namespace_(),
                  .name = metadata.name(),
                  .uid = metadata.uid(),
                  .resource_version = metadata.resource_version()},
                 severity == Severity::kWarning ? EventType::kWarning : EventType::kNormal, reason,
                 message);
}

}  // namespace eventreactor::kube
