// A watch of the API server as a ChangeStream.
#pragma once

#include <optional>
#include <string>
#include <utility>

#include "libs/adapter/store.h"
#include "services/kube-adapter/store/codec.h"
#include "services/kube-adapter/store/kinds.h"
#include "services/kube-adapter/store/object_watch.h"
#include "services/kube-adapter/store/refused_object.h"
#include "services/kube-adapter/store/store_errors.h"

namespace eventreactor::kube {

// The object of a list or watch; nothing, and told, if it is not understood.
template <class T>
std::optional<T> DecodeOrTell(nlohmann::json object, const OnRefused& refused) {
  const T identity = DecodeIdentityOf<T>(object);
  absl::StatusOr<T> decoded = Decode<T>(std::move(object));
  if (decoded.ok()) return *std::move(decoded);
  if (refused) {
    const v1::ObjectMeta& metadata = identity.metadata();
    refused({.resource = KindOf<T>().resource,
             .name = {metadata.namespace_(), metadata.name()},
             .uid = metadata.uid(),
             .resource_version = metadata.resource_version(),
             .generation = metadata.generation(),
             .why = decoded.status()});
  }
  return std::nullopt;
}

template <class T>
class KubeStream : public ChangeStream<T> {
 public:
  KubeStream(Client& client, ObjectWatch::Options options, OnRefused refused)
      : begun_(!options.version.empty()),
        refused_(std::move(refused)),
        watch_(client, std::move(options)) {}

  absl::StatusOr<std::optional<Change<T>>> Next(absl::Duration wait) override {
    absl::StatusOr<std::optional<WatchEvent>> event = watch_.Next(wait);
    if (!event.ok()) return ToStoreError(event.status(), KindOf<T>(), {});
    if (!event->has_value()) return std::nullopt;
    Change<T> change = Read(**std::move(event));
    if (change.type == v1::CHANGE_TYPE_UNSPECIFIED) return std::nullopt;
    begun_ = begun_ || change.type == v1::CHANGE_TYPE_BOOKMARK;
    if (begun_) change.resource_version = watch_.version();
    return change;
  }

 private:
  using Type = WatchEvent::Type;

  // Without a type if there is nothing to tell.
  Change<T> Read(WatchEvent event) const {
    Change<T> change;
    if (event.type == Type::kBookmark) {
      change.type = v1::CHANGE_TYPE_BOOKMARK;
      return change;
    }
    T identity = DecodeIdentityOf<T>(event.object);
    std::optional<T> object = DecodeOrTell<T>(std::move(event.object), refused_);
    if (event.type == Type::kDeleted || !object) {
      // For the reader, one that is no longer understood is gone, as it is for
      // Get; of one that never was, nobody knows.
      change.type =
          event.type == Type::kAdded ? v1::CHANGE_TYPE_UNSPECIFIED : v1::CHANGE_TYPE_DELETED;
      change.object = object ? *std::move(object) : std::move(identity);
      return change;
    }
    change.type = event.type == Type::kAdded ? v1::CHANGE_TYPE_ADDED : v1::CHANGE_TYPE_MODIFIED;
    change.object = *std::move(object);
    return change;
  }

  bool begun_;
  const OnRefused refused_;
  ObjectWatch watch_;
};

}  // namespace eventreactor::kube
