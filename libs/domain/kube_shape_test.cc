#include "libs/domain/kube_shape.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "libs/manifest/struct_json.h"
#include "libs/status/status.h"

namespace eventreactor {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

std::vector<std::string> ShapeProblems(const KubeShape& shape, const std::string& text) {
  google::protobuf::Value value;
  const absl::Status read = manifest::ReadValue("", nlohmann::json::parse(text), value);
  EXPECT_TRUE(read.ok()) << read;
  std::vector<absl::Status> problems;
  CheckShape("c", value, shape, problems);
  std::vector<std::string> messages;
  messages.reserve(problems.size());
  for (const absl::Status& each : problems) messages.push_back(Message(each));
  return messages;
}

std::vector<std::string> OfContainer(const std::string& text) {
  return ShapeProblems(ContainerShape(), text);
}

TEST(KubeShape, TakesEveryFieldOfAContainer) {
  EXPECT_THAT(OfContainer(R"({
    "name": "a", "image": "x", "command": ["a"], "args": [], "workingDir": "/w",
    "ports": [{"name": "p", "hostPort": 1, "containerPort": 2, "protocol": "TCP", "hostIP": ""}],
    "env": [{"name": "A", "value": "1"},
            {"name": "B", "valueFrom": {"fieldRef": {"apiVersion": "v1", "fieldPath": "p"}}},
            {"name": "C", "valueFrom": {"resourceFieldRef": {"resource": "r", "divisor": "1"}}}],
    "envFrom": [{"prefix": "P", "secretRef": {"name": "s", "optional": true}}],
    "resources": {"limits": {"cpu": 2, "memory": "64Mi", "nvidia.com/gpu": 1,
                             "hugepages-2Mi": "4Mi"},
                  "requests": {"ephemeral-storage": "1Gi"}, "claims": [{"name": "c"}]},
    "resizePolicy": [{"resourceName": "cpu", "restartPolicy": "NotRequired"}],
    "restartPolicy": "Always",
    "restartPolicyRules": [{"action": "Restart", "exitCodes": {"operator": "In", "values": [1]}}],
    "volumeMounts": [{"name": "v", "mountPath": "/v", "subPathExpr": "$(A)/b",
                      "mountPropagation": "None", "recursiveReadOnly": "Disabled"}],
    "volumeDevices": [{"name": "d", "devicePath": "/dev/x"}],
    "livenessProbe": {"httpGet": {"path": "/", "port": "http",
                                  "httpHeaders": [{"name": "A", "value": "b"}]},
                      "periodSeconds": 3},
    "readinessProbe": {"grpc": {"port": 1}}, "startupProbe": {"exec": {"command": ["a"]}},
    "lifecycle": {"preStop": {"sleep": {"seconds": 1}}, "stopSignal": "SIGTERM"},
    "terminationMessagePath": "/t", "terminationMessagePolicy": "File",
    "imagePullPolicy": "Never",
    "securityContext": {"runAsUser": 1, "seccompProfile": {"type": "RuntimeDefault"},
                        "appArmorProfile": {"type": "Unconfined"}, "procMount": "Default",
                        "seLinuxOptions": {"level": "s0"}, "capabilities": {"drop": ["ALL"]}},
    "stdin": false, "stdinOnce": false, "tty": null})"),
              IsEmpty());
}

TEST(KubeShape, TellsEverythingThatDoesNotFit) {
  EXPECT_THAT(
      OfContainer(R"({"comand": ["a"], "args": ["a", 1], "tty": "yes",
                      "env": [{"name": "A", "vale": "b"}, 3],
                      "resources": {"limit": {}, "limits": {"memory": "10MB", "memroy": "1"}},
                      "securityContext": {"runAsUser": 1.5, "capabilities": {"plus": []}}})"),
      ElementsAre("c.args[1]: expected a string (in quotes), got 1",
                  "c.comand: is unknown; did you mean \"command\"?",
                  "c.env[0].vale: is unknown; did you mean \"value\"?",
                  "c.env[1]: expected an object, got 3",
                  "c.resources.limit: is unknown; did you mean \"limits\"?",
                  "c.resources.limits.memory: \"10MB\" is no quantity; expected a quantity such "
                  "as 500m, 1.5 or 64Mi",
                  "c.resources.limits.memroy: is unknown; did you mean \"memory\"?",
                  "c.securityContext.capabilities.plus: is unknown; expected one of add, drop",
                  "c.securityContext.runAsUser: expected a whole number, got 1.5",
                  "c.tty: expected true or false, got \"yes\""));
}

TEST(KubeShape, KnowsVolumes) {
  EXPECT_THAT(ShapeProblems(VolumeShape(), R"({"name": "v", "csi": {"driver": "d", "any": {}}})"),
              IsEmpty());
  EXPECT_THAT(ShapeProblems(VolumeShape(), R"({"name": "v", "emptydir": {}})"),
              ElementsAre("c.emptydir: is unknown; did you mean \"emptyDir\"?"));
  EXPECT_THAT(ShapeProblems(VolumeShape(), R"({"name": "v", "emptyDir": {"sizeLimit": "1X"}})"),
              ElementsAre(testing::HasSubstr("is no quantity")));
}

}  // namespace
}  // namespace eventreactor
