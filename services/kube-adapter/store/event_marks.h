// What is known of each Event in the cluster without its body: that it is
// there, and whether it is marked as dispatched. Kept up to date by a watch of
// metadata; some 300 bytes an Event.
#pragma once

#include <memory>
#include <optional>
#include <string>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "libs/adapter/store.h"
#include "services/kube-adapter/kube/cache.h"
#include "services/kube-adapter/kube/client.h"
#include "services/kube-adapter/kube/reflector.h"

namespace eventreactor::kube {

struct EventMark {
  bool dispatched = false;
};

// Thread-safe.
class EventMarks {
 public:
  // `client` is not owned; `ns` empty: all namespaces.
  EventMarks(Client& client, const std::string& ns);

  // Once.
  void Start() { reflector_.Start(); }
  void Stop() { reflector_.Stop(); }
  bool WaitForSync(absl::Duration wait) const { return cache_.WaitForSync(wait); }

  // Whether what is not known here is not there, but for a watch's lag.
  bool Reliable() const { return cache_.synced() && cache_.health().ok(); }
  // Null if it is not known.
  CachedPtr<EventMark> Find(const ObjectName& name) const { return cache_.Get(name); }

  // Changes with name, namespace, uid and version alone. They are told after
  // Find has them.
  absl::StatusOr<std::unique_ptr<ChangeStream<v1::Event>>> Watch(const WatchQuery& query) const;

  const Cache<EventMark>& cache() const { return cache_; }

 private:
  Cache<EventMark> cache_;
  Reflector reflector_;
};

}  // namespace eventreactor::kube
