// A container's own environment: env with value and valueFrom, and envFrom,
// of the ConfigMaps and Secrets that its run has. Pure.
#pragma once

#include <google/protobuf/struct.pb.h>

#include <string>

#include "absl/status/status.h"
#include "services/local-adapter/container_env.h"
#include "services/local-adapter/run_documents.h"

namespace eventreactor::local {

// INVALID_ARGUMENT naming the field below the container: DOCUMENT_MISSING for
// a ConfigMap, Secret or key that is not there and not optional.
// envFrom comes first, so that env overrides it.
absl::Status ReadEnvFrom(const std::string& path, const google::protobuf::Value& value,
                         const DocumentSet& documents, Environment& environment);
absl::Status ReadEnv(const std::string& path, const google::protobuf::Value& value,
                     const DocumentSet& documents, Environment& environment);

// For a document that a field names and that is not there.
absl::Status MissingDocument(const std::string& field, const std::string& kind,
                             const std::string& name);

}  // namespace eventreactor::local
