#include "services/kube-adapter/executor/pod_cache.h"

#include <nlohmann/json.hpp>
#include <utility>

#include "absl/strings/str_cat.h"
#include "libs/domain/naming.h"
#include "libs/manifest/manifest.h"
#include "libs/status/status.h"
#include "services/kube-adapter/kube/json_text.h"
#include "services/kube-adapter/kube/reflector.h"
#include "services/kube-adapter/pod/pod_names.h"

namespace eventreactor::kube {
namespace {

using nlohmann::json;

constexpr char kByUid[] = "action-uid";
// Where TrimPod writes them.
constexpr char kConfigMaps[] = "configMaps";

json NamesOfConfigMaps(const json& spec) {
  json names = json::array();
  for (const json& volume : ArrayAt(spec, "volumes")) {
    if (StringAt(volume, "name") != "event") continue;
    for (const json& source : ArrayAt(ObjectAt(volume, "projected"), "sources")) {
      const std::string name = StringAt(ObjectAt(source, "configMap"), "name");
      if (!name.empty() && (names.empty() || names.back() != name)) names.push_back(name);
    }
  }
  return names;
}

json TrimmedContainers(const json& spec) {
  json containers = json::array();
  for (const json& container : ArrayAt(spec, "initContainers")) {
    containers.push_back(
        {{"name", StringAt(container, "name")}, {"image", StringAt(container, "image")}});
  }
  return containers;
}

CacheOptions<json> Options() {
  CacheOptions<json> options;
  options.decode = [](json&& pod) -> absl::StatusOr<json> { return std::move(pod); };
  options.indexes[kByUid] = [](const Cached<json>& pod) -> std::vector<std::string> {
    const auto key = RunOfPod(pod.value);
    return key ? std::vector<std::string>{key->uid} : std::vector<std::string>{};
  };
  // Nobody resumes a watch of Pods from here.
  options.max_changes = 1;
  return options;
}

}  // namespace

std::optional<RunKey> RunOfPod(const json& pod) {
  const json& metadata = ObjectAt(pod, "metadata");
  for (const json& owner : ArrayAt(metadata, "ownerReferences")) {
    if (StringAt(owner, "kind") != "Action" || StringAt(owner, "apiVersion") != kApiVersion) {
      continue;
    }
    return RunKey{StringAt(metadata, "namespace"), StringAt(owner, "name"), StringAt(owner, "uid")};
  }
  return std::nullopt;
}

Resource ConfigMaps() { return {.version = "v1", .plural = "configmaps", .kind = "ConfigMap"}; }

std::vector<std::string> ConfigMapsOf(const json& pod) {
  std::vector<std::string> names;
  for (const json& name : ArrayAt(ObjectAt(pod, "spec"), kConfigMaps)) {
    if (name.is_string()) names.push_back(name.get<std::string>());
  }
  return names;
}

void TrimPod(json& pod) {
  const json& spec = ObjectAt(pod, "spec");
  json kept = {{"nodeName", StringAt(spec, "nodeName")},
               {"initContainers", TrimmedContainers(spec)},
               {"activeDeadlineSeconds", IntAt(spec, "activeDeadlineSeconds")},
               {kConfigMaps, NamesOfConfigMaps(spec)}};
  pod["spec"] = std::move(kept);
  json& metadata = pod["metadata"];
  if (metadata.is_object()) {
    metadata.erase("annotations");
    metadata.erase("labels");
  }
}

struct PodCache::Part {
  Part(Client& client, const std::string& space, const Listener& listener)
      : ns(space), cache(Options()), reflector(client, Reflect(space), cache) {
    cache.AddListener(listener);
    reflector.Start();
  }
  static ReflectorOptions Reflect(const std::string& space) {
    ReflectorOptions options;
    options.resource = Pods();
    options.ns = space;
    options.label_selector = absl::StrCat(kManagedByLabel, "=", kManagedBy);
    options.transform = TrimPod;
    return options;
  }

  const std::string ns;
  Cache<json> cache;
  // Stops before the cache goes.
  Reflector reflector;
};

PodCache::PodCache(Client& client, const std::vector<std::string>& namespaces,
                   const Listener& listener) {
  if (namespaces.empty()) parts_.push_back(std::make_unique<Part>(client, "", listener));
  for (const std::string& ns : namespaces) {
    parts_.push_back(std::make_unique<Part>(client, ns, listener));
  }
}

PodCache::~PodCache() = default;

absl::Status PodCache::Ready() const {
  for (const auto& part : parts_) {
    if (part->cache.synced()) continue;
    const absl::Status health = part->cache.health();
    return MakeStatus(absl::StatusCode::kUnavailable, "PODS_NOT_KNOWN",
                      absl::StrCat("the Pods that there are have not been listed yet",
                                   health.ok() ? "" : absl::StrCat(": ", Message(health))));
  }
  return absl::OkStatus();
}

CachedPtr<json> PodCache::Get(const ObjectName& name) const {
  for (const auto& part : parts_) {
    if (!part->ns.empty() && part->ns != name.ns) continue;
    return part->cache.Get(name);
  }
  return nullptr;
}

std::vector<CachedPtr<json>> PodCache::ByUid(const std::string& action_uid) const {
  std::vector<CachedPtr<json>> pods;
  for (const auto& part : parts_) {
    for (auto& pod : part->cache.ByIndex(kByUid, action_uid)) pods.push_back(std::move(pod));
  }
  return pods;
}

std::vector<CachedPtr<json>> PodCache::List() const {
  std::vector<CachedPtr<json>> pods;
  for (const auto& part : parts_) {
    for (auto& pod : part->cache.List()) pods.push_back(std::move(pod));
  }
  return pods;
}

}  // namespace eventreactor::kube
