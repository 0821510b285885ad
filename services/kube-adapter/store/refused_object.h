// An object in the cluster that our codec does not understand: made by hand,
// past what the CRDs check, or by a later version of us.
#pragma once

#include <cstdint>
#include <functional>
#include <string>

#include "absl/status/status.h"
#include "services/kube-adapter/kube/resource.h"

namespace eventreactor::kube {

struct RefusedObject {
  Resource resource{};
  ObjectName name{};
  std::string uid{};
  std::string resource_version{};
  int64_t generation = 0;
  // Names the field.
  absl::Status why{};
};

// Called from any thread that reads; must not wait.
using OnRefused = std::function<void(const RefusedObject& object)>;

}  // namespace eventreactor::kube
