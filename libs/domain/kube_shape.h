// Which fields a Kubernetes object of a manifest has, and of which type: what
// strict decoding of an API server would refuse. Pure.
#pragma once

#include <google/protobuf/struct.pb.h>

#include <string>
#include <vector>

#include "absl/status/status.h"

namespace eventreactor {

struct KubeField;

struct KubeShape {
  enum class Kind {
    kText,
    kFlag,
    kInteger,
    kPort,        // an integer or a name
    kQuantity,    // 64Mi, or a number
    kQuantities,  // an object of them, by resource
    kTexts,
    kIntegers,
    kObject,
    kObjects,
    kAny,  // an object that is not looked into
  };
  Kind kind = Kind::kAny;
  // Of kObject and kObjects.
  std::vector<KubeField> fields;
};

struct KubeField {
  std::string name;
  KubeShape shape;
};

// As of Kubernetes 1.35; tests/cluster/shapes_test.py compares them with what a
// real API server says of itself.
const KubeShape& ContainerShape();
const KubeShape& EnvVarShape();
const KubeShape& VolumeShape();

// Adds everything of `value` that does not fit, as INVALID_ARGUMENT naming the
// field, which begins with `path`: UNKNOWN_FIELD, WRONG_TYPE or
// INVALID_QUANTITY. A null is a field left out.
void CheckShape(const std::string& path, const google::protobuf::Value& value,
                const KubeShape& shape, std::vector<absl::Status>& problems);

}  // namespace eventreactor
