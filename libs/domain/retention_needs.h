// What is needed still, whatever its age: learnt from every Action, then from
// every Event. Pure.
//
//   An Event stays while an Action names it that has not ended, or that has
//   not been dispatched: what it triggers belongs to the Event, too.
//   An Action stays until it has ended and was dispatched. It also stays while
//   a message may come again that would create it anew: until its Event is
//   recorded as dispatched and, in a chain, until its upstream Action is.
//   An Action that was cancelled before it began is no proof of a recorded
//   Event. It stays until that Event is seen, and the Event until it has gone.
#pragma once

#include <cstddef>
#include <optional>
#include <string>

#include "absl/container/flat_hash_set.h"
#include "eventreactor/v1/action.pb.h"
#include "eventreactor/v1/event.pb.h"
#include "libs/domain/retention.h"

namespace eventreactor {

// Names in bounded memory: a set that is full has every name.
class NameSet {
 public:
  explicit NameSet(size_t limit) : limit_(limit) {}
  void Add(NameHash name);
  bool Has(NameHash name) const { return full_ || names_.contains(name); }
  bool full() const { return full_; }

 private:
  size_t limit_;
  bool full_ = false;
  absl::flat_hash_set<NameHash> names_;
};

// For one thread.
class RetentionNeeds {
 public:
  // `limit`: how many names each set remembers; beyond that everything that
  // it could hold is held.
  explicit RetentionNeeds(size_t limit);

  // The Action as something that may go; nothing if it may not. All Actions
  // come before the first Event.
  std::optional<Retained> See(const v1::Action& action);
  // The Event likewise. What changes between the two looks only makes more go:
  // an end and a dispatch are for good, and what comes new is young.
  std::optional<Retained> See(const v1::Event& event);

  // After all of both were seen.
  bool HoldsAction(const Retained& action) const;
  bool HoldsEvent(const Retained& event) const;

 private:
  NameSet events_in_use_;
  NameSet undispatched_actions_;
  NameSet undispatched_events_;
  // Events of Actions that were cancelled before they began, and those of
  // them that are there.
  NameSet awaited_events_;
  NameSet found_events_;
};

}  // namespace eventreactor
