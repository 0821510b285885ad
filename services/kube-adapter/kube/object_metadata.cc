#include "services/kube-adapter/kube/object_metadata.h"

#include <nlohmann/json.hpp>

#include "libs/status/status.h"
#include "services/kube-adapter/kube/json_text.h"

namespace eventreactor::kube {
namespace {

using nlohmann::json;

absl::Time TimeAt(const json& object, const char* key, absl::Time otherwise) {
  absl::Time time;
  const std::string text = StringAt(object, key);
  if (text.empty() || !absl::ParseTime(absl::RFC3339_full, text, &time, nullptr)) return otherwise;
  return time;
}

std::map<std::string, std::string> StringsAt(const json& object, const char* key) {
  std::map<std::string, std::string> strings;
  for (const auto& [name, value] : ObjectAt(object, key).items()) {
    if (value.is_string()) strings.emplace(name, value.get<std::string>());
  }
  return strings;
}

absl::Status Missing(const char* field) {
  return MakeStatus(absl::StatusCode::kInvalidArgument, "INVALID_OBJECT",
                    std::string("an object from the API server has no valid ") + field, field);
}

}  // namespace

absl::StatusOr<ObjectIdentity> DecodeIdentity(const json& object) {
  const json& metadata = ObjectAt(object, "metadata");
  ObjectIdentity identity;
  identity.name = {StringAt(metadata, "namespace"), StringAt(metadata, "name")};
  identity.uid = StringAt(metadata, "uid");
  if (identity.name.name.empty()) return Missing("metadata.name");
  if (identity.uid.empty()) return Missing("metadata.uid");
  const std::optional<uint64_t> version = DecodeVersion(object);
  if (!version) return Missing("metadata.resourceVersion");
  identity.version = *version;
  return identity;
}

std::optional<uint64_t> DecodeVersion(const json& object) {
  return ParseVersion(StringAt(ObjectAt(object, "metadata"), "resourceVersion"));
}

absl::StatusOr<ObjectMetadata> DecodeMetadata(const json& object) {
  absl::StatusOr<ObjectIdentity> identity = DecodeIdentity(object);
  if (!identity.ok()) return identity.status();
  const json& metadata = ObjectAt(object, "metadata");
  ObjectMetadata decoded;
  decoded.name = std::move(identity->name);
  decoded.uid = std::move(identity->uid);
  decoded.resource_version = StringAt(metadata, "resourceVersion");
  decoded.generation = IntAt(metadata, "generation");
  decoded.created = TimeAt(metadata, "creationTimestamp", absl::InfinitePast());
  decoded.deleted = TimeAt(metadata, "deletionTimestamp", absl::InfiniteFuture());
  decoded.labels = StringsAt(metadata, "labels");
  decoded.annotations = StringsAt(metadata, "annotations");
  for (const json& owner : ArrayAt(metadata, "ownerReferences")) {
    const auto controller = owner.find("controller");
    decoded.owners.push_back({StringAt(owner, "apiVersion"), StringAt(owner, "kind"),
                              StringAt(owner, "name"), StringAt(owner, "uid"),
                              controller != owner.end() && *controller == true});
  }
  for (const json& finalizer : ArrayAt(metadata, "finalizers")) {
    if (finalizer.is_string()) decoded.finalizers.push_back(finalizer.get<std::string>());
  }
  return decoded;
}

}  // namespace eventreactor::kube
