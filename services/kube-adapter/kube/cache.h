// What there is of one kind, in memory, kept up to date by a Reflector and
// shared by all who ask.
//
//   Cache<Pod> pods({.decode = DecodePod});
//   Reflector reflector(client, {.resource = Pods()}, pods);
//   reflector.Start();
//   pods.WaitForSync(absl::Seconds(10));
//
// T is what `decode` makes of an object: keep it small, the JSON is dropped.
//
// Thread-safety: all methods may be called from any thread. Listeners run on
// the reflector's thread, in order, without a lock held.
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "services/kube-adapter/kube/change_log.h"
#include "services/kube-adapter/kube/object_metadata.h"
#include "services/kube-adapter/kube/reflector.h"

namespace eventreactor::kube {

template <class T>
struct CacheOptions {
  // The object, stripped as the Reflector's options say. One that it refuses
  // is left out (told by `refused`), as if it were not there.
  std::function<absl::StatusOr<T>(nlohmann::json&& object)> decode{};
  std::function<void(const ObjectName& name, const absl::Status& status)> refused{};
  // By name: the values that an object is found by.
  std::map<std::string, std::function<std::vector<std::string>(const Cached<T>&)>> indexes{};
  // What T keeps in memory; sizeof(T) where it is not given.
  std::function<size_t(const T& value)> bytes{};
  // Changes to resume after.
  size_t max_changes = 4096;
  size_t max_change_bytes = size_t{16} << 20;
};

template <class T>
class CacheReader;

template <class T>
class Cache : public Mirror {
 public:
  explicit Cache(CacheOptions<T> options);
  ~Cache() override;
  Cache(const Cache&) = delete;
  Cache& operator=(const Cache&) = delete;

  // Null if it is not there.
  CachedPtr<T> Get(const ObjectName& name) const;
  // In order of namespace and name; `ns` empty: all. `after` skips up to and
  // with that one; `limit` 0: all.
  std::vector<CachedPtr<T>> List(const std::string& ns = "", const ObjectName& after = {},
                                 size_t limit = 0) const;
  // In order of namespace and name.
  std::vector<CachedPtr<T>> ByIndex(const std::string& index, const std::string& value) const;
  size_t size() const;

  // True once the first list is complete, and from then on.
  bool synced() const;
  bool WaitForSync(absl::Duration wait) const;
  // The version that all this is as of; 0 before the first list.
  uint64_t version() const;
  // False if `version` was not reached in that time.
  bool WaitForVersion(uint64_t version, absl::Duration wait) const;
  // The last failure, OK once a list or watch worked again.
  absl::Status health() const;

  // Added before the Reflector is started. The first list comes as kAdded,
  // then `synced` is called once.
  using Listener = std::function<void(const CacheChange<T>& change)>;
  void AddListener(Listener listener, std::function<void()> synced = nullptr);

  // Changes after `version`. OUT_OF_RANGE (VERSION_EXPIRED) if some of them
  // are forgotten; UNAVAILABLE (NOT_SYNCED) before the first list. A version
  // that the cache has yet to reach is waited for.
  absl::StatusOr<std::unique_ptr<CacheReader<T>>> Watch(uint64_t version) const;
  // What there is, and a reader of the changes after it.
  struct Snapshot {
    std::vector<CachedPtr<T>> objects{};
    uint64_t version = 0;
    std::unique_ptr<CacheReader<T>> reader{};
  };
  absl::StatusOr<Snapshot> ListAndWatch(const std::string& ns = "") const;

  // For the Reflector.
  void BeginList() override;
  void Listed(nlohmann::json&& object) override;
  void EndList(const std::string& resource_version) override;
  void Changed(WatchEvent&& event) override;
  void Failed(const absl::Status& status) override;

 private:
  friend class CacheReader<T>;
  struct Shared;
  absl::StatusOr<CachedPtr<T>> Decode(nlohmann::json&& object) const;
  void Refuse(const ObjectName& name, const absl::Status& status) const;
  void Tell(const std::vector<CacheChange<T>>& changes) const;

  const CacheOptions<T> options_;
  // Readers may outlive the cache.
  std::shared_ptr<Shared> shared_;
};

// Changes in order of version. For one thread.
template <class T>
class CacheReader {
 public:
  // Waits up to `wait`; nothing after that. OUT_OF_RANGE (VERSION_EXPIRED) for
  // a reader that fell too far behind, CANCELLED (CACHE_CLOSED).
  absl::StatusOr<std::optional<CacheChange<T>>> Next(absl::Duration wait);
  // Where to resume: all changes up to it have been returned.
  uint64_t version() const;

 private:
  friend class Cache<T>;
  using Shared = typename Cache<T>::Shared;
  CacheReader(std::shared_ptr<Shared> shared, uint64_t place, uint64_t version);
  std::shared_ptr<Shared> shared_;
  uint64_t place_;
  uint64_t version_;
  // Changes up to this version are not for this reader.
  const uint64_t after_;
};

absl::Status CacheNotSynced();
absl::Status CacheVersionExpired(uint64_t version);
absl::Status CacheClosed();

// One of metadata alone, for a Reflector with metadata_only.
using MetadataCache = Cache<ObjectMetadata>;
CacheOptions<ObjectMetadata> MetadataCacheOptions();

}  // namespace eventreactor::kube

#include "services/kube-adapter/kube/cache_inl.h"  // IWYU pragma: export
