// Our kinds as the API server has them.
#pragma once

#include <string>

#include "eventreactor/v1/action.pb.h"
#include "eventreactor/v1/event.pb.h"
#include "eventreactor/v1/pipeline.pb.h"
#include "services/kube-adapter/kube/resource.h"

namespace eventreactor::kube {

struct KindInfo {
  Resource resource;
  // The reason of a NOT_FOUND.
  std::string not_found;
  // Status is written apart from the rest, and never by a creation.
  bool has_status_subresource = true;
};

const KindInfo& EventKind();
const KindInfo& PipelineKind();
const KindInfo& ActionKind();

template <class T>
const KindInfo& KindOf();
template <>
inline const KindInfo& KindOf<v1::Event>() {
  return EventKind();
}
template <>
inline const KindInfo& KindOf<v1::Pipeline>() {
  return PipelineKind();
}
template <>
inline const KindInfo& KindOf<v1::Action>() {
  return ActionKind();
}

}  // namespace eventreactor::kube
