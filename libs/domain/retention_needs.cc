#include "libs/domain/retention_needs.h"

#include "libs/domain/run.h"

namespace eventreactor {
namespace {

absl::Time TimeOf(const google::protobuf::Timestamp& proto) {
  return absl::FromUnixSeconds(proto.seconds()) + absl::Nanoseconds(proto.nanos());
}

Retained RetainedAs(const v1::ObjectMeta& metadata) {
  Retained object;
  object.ns = metadata.namespace_();
  object.name = metadata.name();
  object.uid = metadata.uid();
  object.since = TimeOf(metadata.creation_timestamp());
  return object;
}

}  // namespace

void NameSet::Add(NameHash name) {
  if (full_) return;
  names_.insert(name);
  if (names_.size() <= limit_) return;
  full_ = true;
  names_ = {};
}

RetentionNeeds::RetentionNeeds(size_t limit)
    : events_in_use_(limit),
      undispatched_actions_(limit),
      undispatched_events_(limit),
      awaited_events_(limit),
      found_events_(limit) {}

std::optional<Retained> RetentionNeeds::See(const v1::Action& action) {
  const v1::ActionSpec& spec = action.spec();
  const std::string& ns = action.metadata().namespace_();
  Retained object = RetainedAs(action.metadata());
  object.event = HashOfName(ns, spec.event().name());
  if (!IsTerminal(action) || !action.status().has_dispatch_time()) {
    events_in_use_.Add(object.event);
    undispatched_actions_.Add(HashOfName(ns, object.name));
    return std::nullopt;
  }
  // Somebody removes it already.
  if (action.metadata().has_deletion_timestamp()) return std::nullopt;
  if (action.status().has_completion_time()) {
    object.since = TimeOf(action.status().completion_time());
  }
  if (spec.has_upstream()) {
    object.upstream = HashOfName(ns, spec.upstream().name());
  } else if (spec.status() == kBuildCancelled && !action.status().has_start_time()) {
    object.needs_event = true;
    awaited_events_.Add(object.event);
    events_in_use_.Add(object.event);
  }
  return object;
}

std::optional<Retained> RetentionNeeds::See(const v1::Event& event) {
  Retained object = RetainedAs(event.metadata());
  const NameHash hash = HashOfName(object.ns, object.name);
  if (!event.status().has_dispatch_time()) {
    undispatched_events_.Add(hash);
    return std::nullopt;
  }
  if (awaited_events_.Has(hash)) found_events_.Add(hash);
  if (event.metadata().has_deletion_timestamp()) return std::nullopt;
  object.event = hash;
  return object;
}

bool RetentionNeeds::HoldsAction(const Retained& action) const {
  if (action.upstream != 0) return undispatched_actions_.Has(action.upstream);
  if (undispatched_events_.Has(action.event)) return true;
  // A full set says nothing of what is there.
  return action.needs_event && (found_events_.full() || !found_events_.Has(action.event));
}

bool RetentionNeeds::HoldsEvent(const Retained& event) const {
  return events_in_use_.Has(event.event);
}

}  // namespace eventreactor
