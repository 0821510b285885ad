// What cache.h declares.
#pragma once

#include <algorithm>
#include <chrono>
#include <mutex>
#include <nlohmann/json.hpp>
#include <string>
#include <utility>
#include <vector>

#include "services/kube-adapter/kube/cache.h"
#include "services/kube-adapter/kube/cache_contents_inl.h"
#include "services/kube-adapter/kube/clock.h"

namespace eventreactor::kube {

template <class T>
Cache<T>::Cache(CacheOptions<T> options)
    : options_(std::move(options)), shared_(std::make_shared<Shared>(options_)) {}

template <class T>
Cache<T>::~Cache() {
  const std::lock_guard lock(shared_->mutex);
  shared_->closed = true;
  shared_->changed.notify_all();
}

template <class T>
CachedPtr<T> Cache<T>::Get(const ObjectName& name) const {
  const std::lock_guard lock(shared_->mutex);
  return shared_->Find(name);
}

template <class T>
std::vector<CachedPtr<T>> Cache<T>::List(const std::string& ns, const ObjectName& after,
                                         size_t limit) const {
  const std::lock_guard lock(shared_->mutex);
  // An empty name comes before all others.
  const ObjectName begin = std::max(after, ObjectName{ns, ""});
  std::vector<CachedPtr<T>> found;
  for (auto at = shared_->objects.upper_bound(begin); at != shared_->objects.end(); ++at) {
    if (!ns.empty() && (*at)->name.ns != ns) break;
    found.push_back(*at);
    if (limit != 0 && found.size() == limit) break;
  }
  return found;
}

template <class T>
std::vector<CachedPtr<T>> Cache<T>::ByIndex(const std::string& index,
                                            const std::string& value) const {
  const std::lock_guard lock(shared_->mutex);
  const auto kind = shared_->indexes.find(index);
  if (kind == shared_->indexes.end()) return {};
  const auto found = kind->second.found.find(value);
  if (found == kind->second.found.end()) return {};
  return {found->second.begin(), found->second.end()};
}

template <class T>
size_t Cache<T>::size() const {
  const std::lock_guard lock(shared_->mutex);
  return shared_->objects.size();
}

template <class T>
bool Cache<T>::synced() const {
  const std::lock_guard lock(shared_->mutex);
  return shared_->synced;
}

template <class T>
bool Cache<T>::WaitForSync(absl::Duration wait) const {
  std::unique_lock lock(shared_->mutex);
  return shared_->changed.wait_for(lock, ToWait(wait), [this] { return shared_->synced; });
}

template <class T>
uint64_t Cache<T>::version() const {
  const std::lock_guard lock(shared_->mutex);
  return shared_->version;
}

template <class T>
bool Cache<T>::WaitForVersion(uint64_t version, absl::Duration wait) const {
  std::unique_lock lock(shared_->mutex);
  return shared_->changed.wait_for(lock, ToWait(wait),
                                   [&] { return shared_->synced && shared_->version >= version; });
}

template <class T>
absl::Status Cache<T>::health() const {
  const std::lock_guard lock(shared_->mutex);
  return shared_->health;
}

template <class T>
void Cache<T>::AddListener(Listener listener, std::function<void()> synced) {
  shared_->listeners.push_back({std::move(listener), std::move(synced)});
}

template <class T>
absl::StatusOr<std::unique_ptr<CacheReader<T>>> Cache<T>::Watch(uint64_t version) const {
  const std::lock_guard lock(shared_->mutex);
  if (!shared_->synced) return CacheNotSynced();
  const auto place = shared_->log.After(version);
  if (!place) return CacheVersionExpired(version);
  return std::unique_ptr<CacheReader<T>>(new CacheReader<T>(shared_, *place, version));
}

template <class T>
absl::StatusOr<typename Cache<T>::Snapshot> Cache<T>::ListAndWatch(const std::string& ns) const {
  const std::lock_guard lock(shared_->mutex);
  if (!shared_->synced) return CacheNotSynced();
  Snapshot snapshot;
  snapshot.version = shared_->version;
  for (auto at = shared_->objects.lower_bound(ObjectName{ns, ""}); at != shared_->objects.end();
       ++at) {
    if (!ns.empty() && (*at)->name.ns != ns) break;
    snapshot.objects.push_back(*at);
  }
  snapshot.reader.reset(new CacheReader<T>(shared_, shared_->log.end(), shared_->version));
  return snapshot;
}

template <class T>
absl::StatusOr<CachedPtr<T>> Cache<T>::Decode(nlohmann::json&& object) const {
  absl::StatusOr<ObjectIdentity> identity = DecodeIdentity(object);
  if (!identity.ok()) return identity.status();
  absl::StatusOr<T> value = options_.decode(std::move(object));
  if (!value.ok()) return value.status();
  return std::make_shared<const Cached<T>>(Cached<T>{
      std::move(identity->name), std::move(identity->uid), identity->version, *std::move(value)});
}

template <class T>
void Cache<T>::Refuse(const ObjectName& name, const absl::Status& status) const {
  if (options_.refused) options_.refused(name, status);
}

template <class T>
void Cache<T>::BeginList() {
  shared_->listing.clear();
}

template <class T>
void Cache<T>::Listed(nlohmann::json&& object) {
  const absl::StatusOr<ObjectIdentity> identity = DecodeIdentity(object);
  if (!identity.ok()) return Refuse({}, identity.status());
  // What is held already is not decoded, and not held twice.
  const CachedPtr<T> held = Get(identity->name);
  if (held != nullptr && held->uid == identity->uid && held->version == identity->version) {
    shared_->listing.insert(held);
    return;
  }
  absl::StatusOr<CachedPtr<T>> fresh = Decode(std::move(object));
  if (!fresh.ok()) return Refuse(identity->name, fresh.status());
  shared_->listing.insert(*std::move(fresh));
}

template <class T>
void Cache<T>::EndList(const std::string& resource_version) {
  typename Shared::Changes changes;
  bool first = false;
  {
    const std::lock_guard lock(shared_->mutex);
    const typename Shared::Objects listed = std::exchange(shared_->listing, {});
    shared_->Replace(listed, ParseVersion(resource_version).value_or(0), changes);
    first = !std::exchange(shared_->synced, true);
    shared_->health = absl::OkStatus();
    shared_->changed.notify_all();
  }
  Tell(changes);
  if (!first) return;
  for (const auto& listener : shared_->listeners) {
    if (listener.synced) listener.synced();
  }
}

template <class T>
void Cache<T>::Changed(WatchEvent&& event) {
  typename Shared::Changes changes;
  if (event.type == WatchEvent::Type::kBookmark) {
    const uint64_t version = DecodeVersion(event.object).value_or(0);
    const std::lock_guard lock(shared_->mutex);
    shared_->version = std::max(shared_->version, version);
    shared_->health = absl::OkStatus();
    shared_->changed.notify_all();
    return;
  }
  const absl::StatusOr<ObjectIdentity> identity = DecodeIdentity(event.object);
  if (!identity.ok()) return Refuse({}, identity.status());
  CachedPtr<T> fresh;
  if (event.type != WatchEvent::Type::kDeleted) {
    absl::StatusOr<CachedPtr<T>> decoded = Decode(std::move(event.object));
    if (decoded.ok()) {
      fresh = *std::move(decoded);
    } else {
      Refuse(identity->name, decoded.status());
    }
  }
  {
    const std::lock_guard lock(shared_->mutex);
    if (fresh != nullptr) {
      shared_->Put(fresh, changes);
    } else if (const CachedPtr<T> held = shared_->Find(identity->name)) {
      if (held->version < identity->version) {
        shared_->Drop(held, identity->version, identity->version, changes);
      }
    }
    shared_->version = std::max(shared_->version, identity->version);
    shared_->health = absl::OkStatus();
    shared_->changed.notify_all();
  }
  Tell(changes);
}

template <class T>
void Cache<T>::Failed(const absl::Status& status) {
  const std::lock_guard lock(shared_->mutex);
  shared_->health = status;
}

template <class T>
void Cache<T>::Tell(const std::vector<CacheChange<T>>& changes) const {
  for (const CacheChange<T>& change : changes) {
    for (const auto& listener : shared_->listeners) listener.changed(change);
  }
}

template <class T>
CacheReader<T>::CacheReader(std::shared_ptr<Shared> shared, uint64_t place, uint64_t version)
    : shared_(std::move(shared)), place_(place), version_(version), after_(version) {}

template <class T>
absl::StatusOr<std::optional<CacheChange<T>>> CacheReader<T>::Next(absl::Duration wait) {
  const auto until = std::chrono::steady_clock::now() + ToWait(wait);
  std::unique_lock lock(shared_->mutex);
  while (true) {
    if (!shared_->changed.wait_until(lock, until, [this] {
          return shared_->closed || shared_->log.Forgotten(place_) ||
                 shared_->log.At(place_) != nullptr;
        })) {
      version_ = std::max(version_, shared_->version);
      return std::nullopt;
    }
    if (shared_->closed) return CacheClosed();
    if (shared_->log.Forgotten(place_)) return CacheVersionExpired(version_);
    const auto& entry = *shared_->log.At(place_++);
    // A version from elsewhere may be ahead of this cache.
    if (entry.version <= after_) continue;
    version_ = entry.change.version;
    return entry.change;
  }
}

template <class T>
uint64_t CacheReader<T>::version() const {
  return version_;
}

}  // namespace eventreactor::kube
