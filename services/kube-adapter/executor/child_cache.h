// The children of Actions, in memory: what their kind keeps of each.
#pragma once

#include <memory>
#include <nlohmann/json_fwd.hpp>
#include <optional>
#include <string>
#include <vector>

#include "libs/adapter/executor.h"
#include "services/kube-adapter/executor/child_kind.h"
#include "services/kube-adapter/kube/cache.h"
#include "services/kube-adapter/kube/client.h"

namespace eventreactor::kube {

// The Action that an object belongs to, by its owner reference; nothing for
// an object of others.
std::optional<RunKey> RunOfChild(const nlohmann::json& object);

// What brings a child its Event.
Resource ConfigMaps();

// The names of the ConfigMaps in the volumes of `spec` that bring the Event:
// what a kind keeps as kKeptConfigMaps, for ConfigMapsOf.
nlohmann::json EventConfigMaps(const nlohmann::json& spec);
inline constexpr char kKeptConfigMaps[] = "configMaps";

// Those that were kept so in the child's spec.
std::vector<std::string> ConfigMapsOf(const nlohmann::json& child);

// Thread-safe.
class ChildCache {
 public:
  using Listener = std::function<void(const CacheChange<nlohmann::json>& change)>;
  // Of each of `namespaces`, or of all if there are none.
  ChildCache(Client& client, const ChildKind& kind, const std::vector<std::string>& namespaces,
             const Listener& listener);
  // No call of the listener after it.
  ~ChildCache();
  ChildCache(const ChildCache&) = delete;
  ChildCache& operator=(const ChildCache&) = delete;

  // OK once all of them are known.
  absl::Status Ready() const;
  // Null if there is no such child.
  CachedPtr<nlohmann::json> Get(const ObjectName& name) const;
  std::vector<CachedPtr<nlohmann::json>> ByUid(const std::string& action_uid) const;
  std::vector<CachedPtr<nlohmann::json>> List() const;

 private:
  struct Part;
  const std::string kind_;
  std::vector<std::unique_ptr<Part>> parts_;
};

}  // namespace eventreactor::kube
