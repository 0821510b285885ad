// The last changes of a cache, bounded, so that readers resume after a
// version. Each reader has only a place in it.
#pragma once

#include <algorithm>
#include <cstdint>
#include <deque>
#include <memory>
#include <optional>
#include <utility>

#include "services/kube-adapter/kube/resource.h"

namespace eventreactor::kube {

// One state of one object; immutable, and shared by all who hold it.
template <class T>
struct Cached {
  ObjectName name;
  std::string uid;
  // Its resourceVersion as a number.
  uint64_t version = 0;
  T value;
};
template <class T>
using CachedPtr = std::shared_ptr<const Cached<T>>;

enum class CacheChangeType { kAdded, kModified, kDeleted };

template <class T>
struct CacheChange {
  CacheChangeType type = CacheChangeType::kAdded;
  // For kDeleted the last state that was known.
  CachedPtr<T> object;
  // What it was before; null for kAdded.
  CachedPtr<T> previous;
  // To resume after, so that nothing is missed. That of the object or of its
  // deletion; one less where a list found more of that version.
  uint64_t version = 0;
};

// Versions grow along it. Not thread-safe.
template <class T>
class ChangeLog {
 public:
  ChangeLog(size_t max_changes, size_t max_bytes)
      : max_changes_(max_changes), max_bytes_(max_bytes) {}

  struct Entry {
    CacheChange<T> change;
    // Those who resume after a lower version get it.
    uint64_t version = 0;
    size_t bytes = 0;
  };

  // Forgets everything: only what comes after `version` can be told from now
  // on, and all places there were are forgotten.
  void Reset(uint64_t version) {
    first_ += changes_.size() + 1;
    changes_.clear();
    bytes_ = 0;
    floor_ = version;
  }

  // `bytes` is what the change keeps in memory.
  void Append(CacheChange<T> change, uint64_t version, size_t bytes) {
    changes_.push_back({std::move(change), version, bytes});
    bytes_ += bytes;
    while (changes_.size() > max_changes_ || (bytes_ > max_bytes_ && changes_.size() > 1)) {
      floor_ = std::max(floor_, changes_.front().version);
      bytes_ -= changes_.front().bytes;
      changes_.pop_front();
      ++first_;
    }
  }

  // Places count changes since the beginning of time.
  uint64_t end() const { return first_ + changes_.size(); }
  // Null if the change at that place is forgotten, or not there yet.
  const Entry* At(uint64_t place) const {
    if (place < first_ || place >= end()) return nullptr;
    return &changes_[place - first_];
  }
  bool Forgotten(uint64_t place) const { return place < first_; }

  // The place of the first change after `version`; nothing if some that came
  // after it are forgotten.
  std::optional<uint64_t> After(uint64_t version) const {
    if (version < floor_) return std::nullopt;
    uint64_t place = end();
    while (place > first_ && changes_[place - 1 - first_].version > version) --place;
    return place;
  }

 private:
  const size_t max_changes_;
  const size_t max_bytes_;
  std::deque<Entry> changes_;
  size_t bytes_ = 0;
  uint64_t first_ = 0;
  uint64_t floor_ = 0;
};

}  // namespace eventreactor::kube
