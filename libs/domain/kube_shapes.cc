// The fields of core/v1 Container, EnvVar and Volume. Of volumes that hardly a
// step has, only the name is known.
#include <utility>

#include "libs/domain/kube_shape.h"

namespace eventreactor {
namespace {

using Kind = KubeShape::Kind;
using Fields = std::vector<KubeField>;

KubeShape Text() { return {Kind::kText, {}}; }
KubeShape Flag() { return {Kind::kFlag, {}}; }
KubeShape Integer() { return {Kind::kInteger, {}}; }
KubeShape Port() { return {Kind::kPort, {}}; }
KubeShape Quantity() { return {Kind::kQuantity, {}}; }
KubeShape Quantities() { return {Kind::kQuantities, {}}; }
KubeShape Texts() { return {Kind::kTexts, {}}; }
KubeShape Integers() { return {Kind::kIntegers, {}}; }
KubeShape Any() { return {Kind::kAny, {}}; }
KubeShape Object(Fields fields) { return {Kind::kObject, std::move(fields)}; }
KubeShape Objects(Fields fields) { return {Kind::kObjects, std::move(fields)}; }

KubeShape FieldReference() { return Object({{"apiVersion", Text()}, {"fieldPath", Text()}}); }

KubeShape ResourceReference() {
  return Object({{"containerName", Text()}, {"resource", Text()}, {"divisor", Quantity()}});
}

KubeShape KeyReference() {
  return Object({{"name", Text()}, {"key", Text()}, {"optional", Flag()}});
}

KubeShape NameReference() { return Object({{"name", Text()}, {"optional", Flag()}}); }

Fields EnvVarFields() {
  return {{"name", Text()},
          {"value", Text()},
          {"valueFrom", Object({{"fieldRef", FieldReference()},
                                {"resourceFieldRef", ResourceReference()},
                                {"configMapKeyRef", KeyReference()},
                                {"secretKeyRef", KeyReference()},
                                {"fileKeyRef", Object({{"volumeName", Text()},
                                                       {"path", Text()},
                                                       {"key", Text()},
                                                       {"optional", Flag()}})}})}};
}

// What probes and lifecycle hooks do.
Fields HandlerFields() {
  return {{"exec", Object({{"command", Texts()}})},
          {"httpGet", Object({{"path", Text()},
                              {"port", Port()},
                              {"host", Text()},
                              {"scheme", Text()},
                              {"httpHeaders", Objects({{"name", Text()}, {"value", Text()}})}})},
          {"tcpSocket", Object({{"port", Port()}, {"host", Text()}})}};
}

KubeShape Probe() {
  Fields fields = HandlerFields();
  fields.push_back({"grpc", Object({{"port", Integer()}, {"service", Text()}})});
  for (const char* name :
       {"initialDelaySeconds", "timeoutSeconds", "periodSeconds", "successThreshold",
        "failureThreshold", "terminationGracePeriodSeconds"}) {
    fields.push_back({name, Integer()});
  }
  return Object(std::move(fields));
}

KubeShape Lifecycle() {
  Fields hook = HandlerFields();
  hook.push_back({"sleep", Object({{"seconds", Integer()}})});
  return Object({{"postStart", Object(hook)}, {"preStop", Object(hook)}, {"stopSignal", Text()}});
}

KubeShape SecurityContext() {
  const KubeShape profile = Object({{"type", Text()}, {"localhostProfile", Text()}});
  return Object(
      {{"capabilities", Object({{"add", Texts()}, {"drop", Texts()}})},
       {"privileged", Flag()},
       {"seLinuxOptions",
        Object({{"user", Text()}, {"role", Text()}, {"type", Text()}, {"level", Text()}})},
       {"windowsOptions", Object({{"gmsaCredentialSpecName", Text()},
                                  {"gmsaCredentialSpec", Text()},
                                  {"runAsUserName", Text()},
                                  {"hostProcess", Flag()}})},
       {"runAsUser", Integer()},
       {"runAsGroup", Integer()},
       {"runAsNonRoot", Flag()},
       {"readOnlyRootFilesystem", Flag()},
       {"allowPrivilegeEscalation", Flag()},
       {"procMount", Text()},
       {"seccompProfile", profile},
       {"appArmorProfile", profile}});
}

KubeShape Container() {
  return Object(
      {{"name", Text()},
       {"image", Text()},
       {"command", Texts()},
       {"args", Texts()},
       {"workingDir", Text()},
       {"ports", Objects({{"name", Text()},
                          {"hostPort", Integer()},
                          {"containerPort", Integer()},
                          {"protocol", Text()},
                          {"hostIP", Text()}})},
       {"env", Objects(EnvVarFields())},
       {"envFrom", Objects({{"prefix", Text()},
                            {"configMapRef", NameReference()},
                            {"secretRef", NameReference()}})},
       {"resources", Object({{"limits", Quantities()},
                             {"requests", Quantities()},
                             {"claims", Objects({{"name", Text()}, {"request", Text()}})}})},
       {"resizePolicy", Objects({{"resourceName", Text()}, {"restartPolicy", Text()}})},
       {"restartPolicy", Text()},
       {"restartPolicyRules",
        Objects({{"action", Text()},
                 {"exitCodes", Object({{"operator", Text()}, {"values", Integers()}})}})},
       {"volumeMounts", Objects({{"name", Text()},
                                 {"readOnly", Flag()},
                                 {"recursiveReadOnly", Text()},
                                 {"mountPath", Text()},
                                 {"subPath", Text()},
                                 {"mountPropagation", Text()},
                                 {"subPathExpr", Text()}})},
       {"volumeDevices", Objects({{"name", Text()}, {"devicePath", Text()}})},
       {"livenessProbe", Probe()},
       {"readinessProbe", Probe()},
       {"startupProbe", Probe()},
       {"lifecycle", Lifecycle()},
       {"terminationMessagePath", Text()},
       {"terminationMessagePolicy", Text()},
       {"imagePullPolicy", Text()},
       {"securityContext", SecurityContext()},
       {"stdin", Flag()},
       {"stdinOnce", Flag()},
       {"tty", Flag()}});
}

KubeShape FilesVolume(const char* name_field) {
  return Object({{name_field, Text()},
                 {"items", Objects({{"key", Text()}, {"path", Text()}, {"mode", Integer()}})},
                 {"defaultMode", Integer()},
                 {"optional", Flag()}});
}

KubeShape Volume() {
  Fields fields = {
      {"name", Text()},
      {"emptyDir", Object({{"medium", Text()}, {"sizeLimit", Quantity()}})},
      {"hostPath", Object({{"path", Text()}, {"type", Text()}})},
      {"configMap", FilesVolume("name")},
      {"secret", FilesVolume("secretName")},
      {"persistentVolumeClaim", Object({{"claimName", Text()}, {"readOnly", Flag()}})},
      {"downwardAPI", Object({{"items", Objects({{"path", Text()},
                                                 {"fieldRef", FieldReference()},
                                                 {"resourceFieldRef", ResourceReference()},
                                                 {"mode", Integer()}})},
                              {"defaultMode", Integer()}})},
      {"projected", Object({{"sources", Objects({{"secret", Any()},
                                                 {"configMap", Any()},
                                                 {"downwardAPI", Any()},
                                                 {"serviceAccountToken", Any()},
                                                 {"clusterTrustBundle", Any()},
                                                 {"podCertificate", Any()}})},
                            {"defaultMode", Integer()}})}};
  for (const char* name : {"awsElasticBlockStore",
                           "azureDisk",
                           "azureFile",
                           "cephfs",
                           "cinder",
                           "csi",
                           "ephemeral",
                           "fc",
                           "flexVolume",
                           "flocker",
                           "gcePersistentDisk",
                           "gitRepo",
                           "glusterfs",
                           "image",
                           "iscsi",
                           "nfs",
                           "photonPersistentDisk",
                           "portworxVolume",
                           "quobyte",
                           "rbd",
                           "scaleIO",
                           "storageos",
                           "vsphereVolume"}) {
    fields.push_back({name, Any()});
  }
  return Object(std::move(fields));
}

}  // namespace

const KubeShape& ContainerShape() {
  static const auto* const shape = new KubeShape(Container());
  return *shape;
}

const KubeShape& EnvVarShape() {
  static const auto* const shape = new KubeShape(Object(EnvVarFields()));
  return *shape;
}

const KubeShape& VolumeShape() {
  static const auto* const shape = new KubeShape(Volume());
  return *shape;
}

}  // namespace eventreactor
