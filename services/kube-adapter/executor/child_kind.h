// What an executor makes for an Action: a Pod, or a Build.
#pragma once

#include <nlohmann/json_fwd.hpp>
#include <optional>
#include <string>

#include "libs/domain/run.h"
#include "services/kube-adapter/kube/resource.h"
#include "services/kube-adapter/pod/sighting.h"

namespace eventreactor::kube {

// Pure functions of the kind; whatever the JSON is, none fails.
struct ChildKind {
  Resource resource;
  // Drops what is not read again; what is left is what the others get.
  void (*trim)(nlohmann::json& object);
  // How the run goes.
  Observation (*observe)(const nlohmann::json& object, const Sighting& sighting);
  // The Pod that has the steps' containers, in the same namespace; empty: it
  // is not known yet.
  std::string (*pod_of)(const nlohmann::json& object);
  // The merge patch that ends it and leaves its logs to be read; an empty
  // object where it was told already. Nothing: only its deletion ends it.
  std::optional<nlohmann::json> (*end)(const nlohmann::json& object, absl::Time now);
  // Whether pod_of is what somebody else says, and has to be looked into.
  bool pod_of_others = false;
};

}  // namespace eventreactor::kube
