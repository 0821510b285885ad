#include "services/kube-adapter/executor/child_cache.h"

#include <nlohmann/json.hpp>
#include <utility>

#include "absl/strings/str_cat.h"
#include "libs/manifest/manifest.h"
#include "libs/status/status.h"
#include "services/kube-adapter/kube/json_text.h"
#include "services/kube-adapter/kube/reflector.h"
#include "services/kube-adapter/pod/pod_event_files.h"
#include "services/kube-adapter/pod/pod_names.h"

namespace eventreactor::kube {
namespace {

using nlohmann::json;

constexpr char kByUid[] = "action-uid";

CacheOptions<json> KeepWhole() {
  CacheOptions<json> options;
  options.decode = [](json&& object) -> absl::StatusOr<json> { return std::move(object); };
  options.indexes[kByUid] = [](const Cached<json>& object) -> std::vector<std::string> {
    const auto key = RunOfChild(object.value);
    return key ? std::vector<std::string>{key->uid} : std::vector<std::string>{};
  };
  // Nobody resumes a watch of children from here.
  options.max_changes = 1;
  return options;
}

}  // namespace

std::optional<RunKey> RunOfChild(const json& object) {
  const json& metadata = ObjectAt(object, "metadata");
  for (const json& owner : ArrayAt(metadata, "ownerReferences")) {
    if (StringAt(owner, "kind") != "Action" || StringAt(owner, "apiVersion") != kApiVersion) {
      continue;
    }
    return RunKey{StringAt(metadata, "namespace"), StringAt(owner, "name"), StringAt(owner, "uid")};
  }
  return std::nullopt;
}

Resource ConfigMaps() { return {.version = "v1", .plural = "configmaps", .kind = "ConfigMap"}; }

json EventConfigMaps(const json& spec) {
  json names = json::array();
  for (const json& volume : ArrayAt(spec, "volumes")) {
    if (StringAt(volume, "name") != kEventVolume) continue;
    for (const json& source : ArrayAt(ObjectAt(volume, "projected"), "sources")) {
      const std::string name = StringAt(ObjectAt(source, "configMap"), "name");
      if (!name.empty() && (names.empty() || names.back() != name)) names.push_back(name);
    }
  }
  return names;
}

std::vector<std::string> ConfigMapsOf(const json& child) {
  std::vector<std::string> names;
  for (const json& name : ArrayAt(ObjectAt(child, "spec"), kKeptConfigMaps)) {
    if (name.is_string()) names.push_back(name.get<std::string>());
  }
  return names;
}

struct ChildCache::Part {
  Part(Client& client, const ChildKind& kind, const std::string& space, const Listener& listener)
      : ns(space), cache(KeepWhole()), reflector(client, Reflect(kind, space), cache) {
    cache.AddListener(listener);
    reflector.Start();
  }
  static ReflectorOptions Reflect(const ChildKind& kind, const std::string& space) {
    ReflectorOptions options;
    options.resource = kind.resource;
    options.ns = space;
    options.label_selector = absl::StrCat(kManagedByLabel, "=", kManagedBy);
    options.transform = [trim = kind.trim](json& object) {
      trim(object);
      json& metadata = object["metadata"];
      if (!metadata.is_object()) return;
      metadata.erase("annotations");
      metadata.erase("labels");
    };
    return options;
  }
  const std::string ns;
  Cache<json> cache;
  // Stops before the cache goes.
  Reflector reflector;
};

ChildCache::ChildCache(Client& client, const ChildKind& kind,
                       const std::vector<std::string>& namespaces, const Listener& listener)
    : kind_(kind.resource.kind) {
  if (namespaces.empty()) parts_.push_back(std::make_unique<Part>(client, kind, "", listener));
  for (const std::string& ns : namespaces) {
    parts_.push_back(std::make_unique<Part>(client, kind, ns, listener));
  }
}

ChildCache::~ChildCache() = default;

absl::Status ChildCache::Ready() const {
  for (const auto& part : parts_) {
    if (part->cache.synced()) continue;
    const absl::Status health = part->cache.health();
    return MakeStatus(absl::StatusCode::kUnavailable, "CHILDREN_NOT_KNOWN",
                      absl::StrCat("the ", kind_, "s that there are have not been listed yet",
                                   health.ok() ? "" : absl::StrCat(": ", Message(health))));
  }
  return absl::OkStatus();
}

CachedPtr<json> ChildCache::Get(const ObjectName& name) const {
  for (const auto& part : parts_) {
    if (!part->ns.empty() && part->ns != name.ns) continue;
    return part->cache.Get(name);
  }
  return nullptr;
}

std::vector<CachedPtr<json>> ChildCache::ByUid(const std::string& action_uid) const {
  std::vector<CachedPtr<json>> children;
  for (const auto& part : parts_) {
    for (auto& child : part->cache.ByIndex(kByUid, action_uid)) {
      children.push_back(std::move(child));
    }
  }
  return children;
}

std::vector<CachedPtr<json>> ChildCache::List() const {
  std::vector<CachedPtr<json>> children;
  for (const auto& part : parts_) {
    for (auto& child : part->cache.List()) children.push_back(std::move(child));
  }
  return children;
}

}  // namespace eventreactor::kube
