// What every object has, without its body. Pure.
#pragma once

#include <cstdint>
#include <map>
#include <nlohmann/json_fwd.hpp>
#include <optional>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "services/kube-adapter/kube/resource.h"

namespace eventreactor::kube {

struct OwnerReference {
  std::string api_version;
  std::string kind;
  std::string name;
  std::string uid;
  bool controller = false;
};

struct ObjectMetadata {
  ObjectName name;
  std::string uid;
  std::string resource_version;
  int64_t generation = 0;
  absl::Time created = absl::InfinitePast();
  // InfiniteFuture: it is not being deleted.
  absl::Time deleted = absl::InfiniteFuture();
  std::map<std::string, std::string> labels;
  std::map<std::string, std::string> annotations;
  std::vector<OwnerReference> owners;
  std::vector<std::string> finalizers;
};

// From an object, whole or PartialObjectMetadata. INVALID_ARGUMENT
// (INVALID_OBJECT) without name, uid or resourceVersion.
absl::StatusOr<ObjectMetadata> DecodeMetadata(const nlohmann::json& object);

// What tells a state of an object from all others.
struct ObjectIdentity {
  ObjectName name;
  std::string uid;
  uint64_t version = 0;
};
// INVALID_ARGUMENT (INVALID_OBJECT) if something of it is missing.
absl::StatusOr<ObjectIdentity> DecodeIdentity(const nlohmann::json& object);

// metadata.resourceVersion as a number.
std::optional<uint64_t> DecodeVersion(const nlohmann::json& object);

}  // namespace eventreactor::kube
