#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "services/kube-adapter/pod/pod_fixtures.h"

namespace eventreactor::kube {
namespace {

using nlohmann::json;
using pod_fixtures::InitNamed;
using pod_fixtures::PodOf;

PodSurroundings Restricted() {
  PodSurroundings surroundings;
  surroundings.security = PodSecurity::kRestricted;
  return surroundings;
}

// What the restricted level asks of each container, with the Pod's own.
bool MeetsRestricted(const json& pod, const json& container) {
  const json& of_pod = pod["spec"]["securityContext"];
  const json& own = container["securityContext"];
  const json drop = own.value("capabilities", json::object()).value("drop", json::array());
  const bool non_root = own.value("runAsNonRoot", of_pod.value("runAsNonRoot", false));
  const int user = own.value("runAsUser", of_pod.value("runAsUser", 0));
  return non_root && user != 0 && !own.value("allowPrivilegeEscalation", true) &&
         drop == json::array({"ALL"}) && of_pod["seccompProfile"]["type"] == "RuntimeDefault";
}

TEST(RestrictedPod, EachContainerMeetsTheLevel) {
  PodSurroundings surroundings = Restricted();
  surroundings.secrets = {{"pull", "kubernetes.io/dockerconfigjson", {}}};
  const json pod = PodOf(R"({"sources": [{"name": "g", "git": {"url": "u"}},
                                         {"name": "s", "gcs": {"type": "Archive",
                                                               "location": "gs://b/o"}},
                                         {"name": "c", "custom": {"image": "c"}}],
                             "steps": [{"image": "a"}]})",
                         surroundings);
  EXPECT_EQ(pod["spec"]["initContainers"].size(), 6U);
  for (const json& container : pod["spec"]["initContainers"]) {
    EXPECT_TRUE(MeetsRestricted(pod, container)) << container;
  }
  EXPECT_TRUE(MeetsRestricted(pod, pod["spec"]["containers"][0]));
  EXPECT_EQ(pod["spec"]["securityContext"]["fsGroup"], kRestrictedId)
      << "so that /workspace and HOME can be written";
}

TEST(RestrictedPod, WhatTheUserSaidStays) {
  const json pod = PodOf(R"({"steps": [{"image": "a", "securityContext": {
      "runAsUser": 1000, "allowPrivilegeEscalation": true, "readOnlyRootFilesystem": true,
      "capabilities": {"drop": ["NET_RAW"], "add": ["NET_BIND_SERVICE"]}}}]})",
                         Restricted());
  EXPECT_EQ(InitNamed(pod, "build-step-unnamed-0")["securityContext"],
            json::parse(R"({"runAsUser": 1000, "allowPrivilegeEscalation": true,
                            "readOnlyRootFilesystem": true,
                            "capabilities": {"drop": ["NET_RAW"], "add": ["NET_BIND_SERVICE"]}})"));
}

TEST(RestrictedPod, AddedCapabilitiesDoNotKeepTheOthers) {
  const json pod = PodOf(R"({"steps": [{"image": "a", "securityContext": {
      "capabilities": {"add": ["NET_BIND_SERVICE"]}}}]})",
                         Restricted());
  EXPECT_EQ(InitNamed(pod, "build-step-unnamed-0")["securityContext"]["capabilities"]["drop"],
            json::array({"ALL"}));
}

TEST(RestrictedPod, ElsewhereNothingIsAdded) {
  const json pod = PodOf(R"({"steps": [{"image": "a"}]})");
  EXPECT_FALSE(pod["spec"].contains("securityContext"));
  EXPECT_FALSE(InitNamed(pod, "build-step-unnamed-0").contains("securityContext"));
}

TEST(RestrictedPod, TheNamespacesLabelDecides) {
  EXPECT_EQ(EnforcedSecurity({}), PodSecurity::kUnrestricted);
  EXPECT_EQ(EnforcedSecurity({{"pod-security.kubernetes.io/enforce", "baseline"}}),
            PodSecurity::kUnrestricted);
  EXPECT_EQ(EnforcedSecurity({{"pod-security.kubernetes.io/warn", "restricted"}}),
            PodSecurity::kUnrestricted);
  EXPECT_EQ(EnforcedSecurity({{"pod-security.kubernetes.io/enforce", "restricted"}}),
            PodSecurity::kRestricted);
}

}  // namespace
}  // namespace eventreactor::kube
