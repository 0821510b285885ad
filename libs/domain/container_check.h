// Whether a Kubernetes Container, passed through whole, has what every
// executor reads in the types that it reads. Pure.
#pragma once

#include <google/protobuf/struct.pb.h>

#include <string>

#include "absl/status/status.h"

namespace eventreactor {

// An image; command and args of strings; workingDir; env. INVALID_ARGUMENT
// naming the field within the container. The name is left to the caller.
absl::Status CheckContainer(const google::protobuf::Struct& container);

// A Kubernetes EnvVar: name, and a value that is a string or a valueFrom.
absl::Status CheckEnvVar(const google::protobuf::Struct& env);

// The member of that name where it is a string, else empty.
std::string StringField(const google::protobuf::Struct& object, const std::string& name);

}  // namespace eventreactor
