#include "services/kube-adapter/store/kinds.h"

#include "libs/manifest/manifest.h"

namespace eventreactor::kube {
namespace {

Resource Ours(const char* plural, const char* kind) {
  return {.group = kGroup, .version = "v1alpha1", .plural = plural, .kind = kind};
}

}  // namespace

const KindInfo& EventKind() {
  static const KindInfo kKind = {Ours("events", "Event"), "EVENT_NOT_FOUND", false};
  return kKind;
}

const KindInfo& PipelineKind() {
  static const KindInfo kKind = {Ours("pipelines", "Pipeline"), "PIPELINE_NOT_FOUND", true};
  return kKind;
}

const KindInfo& ActionKind() {
  static const KindInfo kKind = {Ours("actions", "Action"), "ACTION_NOT_FOUND", true};
  return kKind;
}

}  // namespace eventreactor::kube
