// Actions in short, for tests of Pods.
#pragma once

#include <gtest/gtest.h>

#include <nlohmann/json.hpp>
#include <string>

#include "libs/domain/fixtures.h"
#include "libs/manifest/manifest.h"
#include "services/kube-adapter/pod/pod_plan.h"

namespace eventreactor::kube::pod_fixtures {

using nlohmann::json;

// An Action whose spec has these fields beside event and pipeline.
inline v1::Action ActionWith(const std::string& build) {
  json manifest = {{"metadata", {{"name", "run"}, {"namespace", "team"}, {"uid", "u-1"}}},
                   {"spec", json::parse(build)}};
  manifest["spec"]["event"] = {{"name", "ev"}, {"type", "t"}, {"source", "/s"}};
  manifest["spec"]["pipeline"] = {{"name", "pipe"}, {"generation", 1}};
  v1::Action action;
  const absl::Status status = FromJson(manifest, action);
  EXPECT_TRUE(status.ok()) << status;
  return action;
}

inline absl::StatusOr<PodPlan> Plan(const v1::Action& action,
                                    const PodSurroundings& surroundings = {}) {
  PodOptions options;
  options.tool.image = "registry.example/tool:1";
  return PlanPod(action, eventreactor::fixtures::EventOf("t", "/s", "id-1"), surroundings, options);
}

inline json PodOf(const std::string& build, const PodSurroundings& surroundings = {}) {
  const auto plan = Plan(ActionWith(build), surroundings);
  EXPECT_TRUE(plan.ok()) << plan.status();
  return plan.ok() ? plan->pod : json::object();
}

inline std::vector<std::string> InitNames(const json& pod) {
  std::vector<std::string> names;
  for (const json& container : pod["spec"]["initContainers"]) {
    names.push_back(container["name"].get<std::string>());
  }
  return names;
}

// The init container of that name.
inline json InitNamed(const json& pod, const std::string& name) {
  for (const json& container : pod["spec"]["initContainers"]) {
    if (container["name"] == name) return container;
  }
  ADD_FAILURE() << "no init container " << name;
  return json::object();
}

// mountPath -> the mount.
inline std::map<std::string, json> MountsOf(const json& container) {
  std::map<std::string, json> mounts;
  for (const json& mount : container["volumeMounts"]) {
    EXPECT_TRUE(mounts.emplace(mount["mountPath"].get<std::string>(), mount).second) << mount;
  }
  return mounts;
}

// The values of a variable in order.
inline std::vector<std::string> ValuesOf(const json& container, const std::string& name) {
  std::vector<std::string> values;
  for (const json& variable : container["env"]) {
    if (variable["name"] == name) values.push_back(variable["value"].get<std::string>());
  }
  return values;
}

}  // namespace eventreactor::kube::pod_fixtures
