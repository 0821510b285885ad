#include "services/kube-adapter/store/event_marks.h"

#include <nlohmann/json.hpp>
#include <utility>
#include <vector>

#include "libs/status/status.h"
#include "services/kube-adapter/kube/json_text.h"
#include "services/kube-adapter/store/codec.h"
#include "services/kube-adapter/store/kinds.h"
#include "services/kube-adapter/store/store_errors.h"

namespace eventreactor::kube {
namespace {

using nlohmann::json;

absl::StatusOr<EventMark> ReadMark(json&& object) {
  const json& annotations = ObjectAt(ObjectAt(object, "metadata"), "annotations");
  return EventMark{.dispatched = StringAt(annotations, kDispatchedAnnotation) == "true"};
}

v1::Event NameOnly(const Cached<EventMark>& mark) {
  v1::Event event;
  event.mutable_metadata()->set_namespace_(mark.name.ns);
  event.mutable_metadata()->set_name(mark.name.name);
  event.mutable_metadata()->set_uid(mark.uid);
  event.mutable_metadata()->set_resource_version(std::to_string(mark.version));
  return event;
}

v1::ChangeType TypeOf(CacheChangeType type) {
  switch (type) {
    case CacheChangeType::kAdded:
      return v1::CHANGE_TYPE_ADDED;
    case CacheChangeType::kModified:
      return v1::CHANGE_TYPE_MODIFIED;
    case CacheChangeType::kDeleted:
      return v1::CHANGE_TYPE_DELETED;
  }
  return v1::CHANGE_TYPE_UNSPECIFIED;
}

class MarkStream : public ChangeStream<v1::Event> {
 public:
  MarkStream(WatchQuery query, std::vector<CachedPtr<EventMark>> there, uint64_t version,
             std::unique_ptr<CacheReader<EventMark>> reader)
      : query_(std::move(query)),
        there_(std::move(there)),
        version_(std::to_string(version)),
        begun_(!query_.resource_version.empty()),
        reader_(std::move(reader)) {}

  absl::StatusOr<std::optional<Change<v1::Event>>> Next(absl::Duration wait) override {
    while (next_ < there_.size()) {
      const CachedPtr<EventMark> mark = std::move(there_[next_++]);
      if (Wanted(*mark)) return Change<v1::Event>{v1::CHANGE_TYPE_ADDED, NameOnly(*mark), ""};
    }
    if (!begun_) {
      begun_ = true;
      return Change<v1::Event>{v1::CHANGE_TYPE_BOOKMARK, {}, version_};
    }
    const absl::StatusOr<std::optional<CacheChange<EventMark>>> change = reader_->Next(wait);
    if (!change.ok()) return change.status();
    if (!change->has_value() || !Wanted(*(*change)->object)) return std::nullopt;
    return Change<v1::Event>{TypeOf((*change)->type), NameOnly(*(*change)->object),
                             std::to_string((*change)->version)};
  }

 private:
  bool Wanted(const Cached<EventMark>& mark) const {
    return (query_.ns.empty() || query_.ns == mark.name.ns) &&
           (query_.name.empty() || query_.name == mark.name.name);
  }

  const WatchQuery query_;
  std::vector<CachedPtr<EventMark>> there_;
  size_t next_ = 0;
  const std::string version_;
  bool begun_;
  const std::unique_ptr<CacheReader<EventMark>> reader_;
};

}  // namespace

EventMarks::EventMarks(Client& client, const std::string& ns)
    : cache_({.decode = ReadMark}),
      reflector_(client, {.resource = EventKind().resource, .ns = ns, .metadata_only = true},
                 cache_) {}

absl::StatusOr<std::unique_ptr<ChangeStream<v1::Event>>> EventMarks::Watch(
    const WatchQuery& query) const {
  if (query.resource_version.empty()) {
    absl::StatusOr<Cache<EventMark>::Snapshot> snapshot = cache_.ListAndWatch(query.ns);
    if (!snapshot.ok()) return snapshot.status();
    return std::make_unique<MarkStream>(query, std::move(snapshot->objects), snapshot->version,
                                        std::move(snapshot->reader));
  }
  const std::optional<uint64_t> version = ParseVersion(query.resource_version);
  if (!version) {
    return InvalidVersion(query.resource_version);
  }
  absl::StatusOr<std::unique_ptr<CacheReader<EventMark>>> reader = cache_.Watch(*version);
  if (!reader.ok()) return reader.status();
  return std::make_unique<MarkStream>(query, std::vector<CachedPtr<EventMark>>(), *version,
                                      *std::move(reader));
}

}  // namespace eventreactor::kube
