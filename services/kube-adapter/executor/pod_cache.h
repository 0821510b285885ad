// The Pods of Actions, in memory: what ObservePod reads of them and no more.
#pragma once

#include <memory>
#include <nlohmann/json_fwd.hpp>
#include <optional>
#include <string>
#include <vector>

#include "libs/adapter/executor.h"
#include "services/kube-adapter/kube/cache.h"
#include "services/kube-adapter/kube/client.h"

namespace eventreactor::kube {

// The Action that a Pod belongs to, by its owner reference; nothing for a Pod
// of others.
std::optional<RunKey> RunOfPod(const nlohmann::json& pod);

// What brings a Pod its Event.
Resource ConfigMaps();

// The ConfigMaps of a Pod that TrimPod has seen.
std::vector<std::string> ConfigMapsOf(const nlohmann::json& pod);

// Drops what is not read again.
void TrimPod(nlohmann::json& pod);

// Thread-safe.
class PodCache {
 public:
  using Listener = std::function<void(const CacheChange<nlohmann::json>& change)>;
  // Each of `namespaces`, or all if there are none.
  PodCache(Client& client, const std::vector<std::string>& namespaces, const Listener& listener);
  // No call of the listener after it.
  ~PodCache();
  PodCache(const PodCache&) = delete;
  PodCache& operator=(const PodCache&) = delete;

  // OK once all Pods are known.
  absl::Status Ready() const;
  // Null if there is no such Pod.
  CachedPtr<nlohmann::json> Get(const ObjectName& name) const;
  std::vector<CachedPtr<nlohmann::json>> ByUid(const std::string& action_uid) const;
  std::vector<CachedPtr<nlohmann::json>> List() const;

 private:
  struct Part;
  std::vector<std::unique_ptr<Part>> parts_;
};

}  // namespace eventreactor::kube
