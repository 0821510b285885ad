// What a cache holds, and how a change or a list changes it. Its lock is held
// by those who call it.
#pragma once

#include <algorithm>
#include <condition_variable>
#include <functional>
#include <map>
#include <mutex>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "services/kube-adapter/kube/cache.h"

namespace eventreactor::kube {

// Orders states by the name of their object, and lets names be looked up.
template <class T>
struct ByObjectName {
  using is_transparent = void;
  bool operator()(const CachedPtr<T>& a, const CachedPtr<T>& b) const { return a->name < b->name; }
  bool operator()(const CachedPtr<T>& a, const ObjectName& b) const { return a->name < b; }
  bool operator()(const ObjectName& a, const CachedPtr<T>& b) const { return a < b->name; }
};

// All of the cache that its readers need.
template <class T>
struct Cache<T>::Shared {
  using Objects = std::set<CachedPtr<T>, ByObjectName<T>>;
  // Changes that are to be told to listeners.
  using Changes = std::vector<CacheChange<T>>;

  explicit Shared(const CacheOptions<T>& options)
      : bytes_of(options.bytes), log(options.max_changes, options.max_change_bytes) {
    for (const auto& [name, function] : options.indexes) indexes[name].function = function;
  }

  struct Index {
    std::function<std::vector<std::string>(const Cached<T>&)> function;
    std::map<std::string, Objects> found;
  };

  CachedPtr<T> Find(const ObjectName& name) const {
    const auto found = objects.find(name);
    return found == objects.end() ? nullptr : *found;
  }

  void Enter(const CachedPtr<T>& object) {
    objects.insert(object);
    for (auto& [name, index] : indexes) {
      for (const std::string& value : index.function(*object)) index.found[value].insert(object);
    }
  }

  void Leave(const CachedPtr<T>& object) {
    for (auto& [name, index] : indexes) {
      for (const std::string& value : index.function(*object)) {
        const auto found = index.found.find(value);
        if (found == index.found.end()) continue;
        found->second.erase(object);
        if (found->second.empty()) index.found.erase(found);
      }
    }
    objects.erase(object);
  }

  // `at` orders the change in the log.
  void Tell(CacheChange<T> change, uint64_t at, Changes& changes) {
    const size_t held = bytes_of ? bytes_of(change.object->value) : sizeof(T);
    if (synced) log.Append(change, at, sizeof(Cached<T>) + held);
    changes.push_back(std::move(change));
  }

  void Put(const CachedPtr<T>& object, Changes& changes) {
    CachedPtr<T> before = Find(object->name);
    if (before != nullptr && before->uid == object->uid && before->version >= object->version) {
      return;
    }
    if (before != nullptr && before->uid != object->uid) {
      Drop(before, object->version - 1, object->version, changes);
      before = nullptr;
    }
    if (before != nullptr) Leave(before);
    Enter(object);
    const auto type = before == nullptr ? CacheChangeType::kAdded : CacheChangeType::kModified;
    Tell({type, object, std::move(before), object->version}, object->version, changes);
  }

  // `object` is the caller's own copy: the cache lets go of its.
  void Drop(const CachedPtr<T>& object, uint64_t told, uint64_t at, Changes& changes) {
    Leave(object);
    Tell({CacheChangeType::kDeleted, object, object, told}, at, changes);
  }

  // Makes this what was listed as of `listed_version`.
  void Replace(const Objects& listed, uint64_t listed_version, Changes& changes) {
    if (!synced || listed_version < version) log.Reset(listed_version);
    std::vector<CachedPtr<T>> gone;
    for (const CachedPtr<T>& object : objects) {
      if (!listed.contains(object->name)) gone.push_back(object);
    }
    std::vector<CachedPtr<T>> fresh;
    for (const CachedPtr<T>& object : listed) {
      const CachedPtr<T> before = Find(object->name);
      if (before != object) fresh.push_back(object);
    }
    std::sort(fresh.begin(), fresh.end(),
              [](const auto& a, const auto& b) { return a->version < b->version; });
    const auto last = std::find_if(fresh.begin(), fresh.end(), [&](const auto& object) {
      return object->version >= listed_version;
    });
    // When these were deleted is unknown: before the list's own version, which
    // is told only with the last change.
    for (auto object = fresh.begin(); object != last; ++object) PutListed(*object, changes);
    for (size_t i = 0; i < gone.size(); ++i) {
      const bool more = i + 1 < gone.size() || last != fresh.end();
      Drop(gone[i], more ? listed_version - 1 : listed_version, listed_version, changes);
    }
    for (auto object = last; object != fresh.end(); ++object) PutListed(*object, changes);
    version = listed_version;
  }

  // Takes what was listed whatever its version: a restored backup goes back.
  void PutListed(const CachedPtr<T>& object, Changes& changes) {
    const CachedPtr<T> before = Find(object->name);
    if (before != nullptr && before->uid == object->uid && before->version > object->version) {
      Leave(before);
      Enter(object);
      Tell({CacheChangeType::kModified, object, before, object->version}, object->version, changes);
      return;
    }
    Put(object, changes);
  }

  const std::function<size_t(const T&)> bytes_of;
  mutable std::mutex mutex;
  std::condition_variable changed;
  Objects objects;
  std::map<std::string, Index> indexes;
  ChangeLog<T> log;
  uint64_t version = 0;
  bool synced = false;
  bool closed = false;
  absl::Status health;

  // The reflector's thread's own.
  Objects listing;
  struct Listening {
    Listener changed;
    std::function<void()> synced;
  };
  std::vector<Listening> listeners;
};

}  // namespace eventreactor::kube
