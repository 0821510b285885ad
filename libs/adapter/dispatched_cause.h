// A cause that was dispatched creates no more Actions: the rule, for the
// stores that see to it.
#pragma once

#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/str_cat.h"
#include "eventreactor/v1/action.pb.h"
#include "libs/adapter/store.h"
#include "libs/status/status.h"

namespace eventreactor {

// "Pipeline P and Event E", or "... and Action A" for one in a chain.
inline std::string CauseInWords(const v1::ActionSpec& spec) {
  return absl::StrCat("Pipeline ", spec.pipeline().name(), " and ",
                      spec.has_upstream() ? absl::StrCat("Action ", spec.upstream().name())
                                          : absl::StrCat("Event ", spec.event().name()));
}

inline absl::Status AlreadyDispatched(const v1::ActionSpec& spec) {
  return MakeStatus(absl::StatusCode::kFailedPrecondition, "ALREADY_DISPATCHED",
                    absl::StrCat("no Action of ", CauseInWords(spec),
                                 " is created: its cause was dispatched before"));
}

// Whether the Action's cause was dispatched, by a look at the store.
inline absl::StatusOr<bool> CauseDispatched(ResourceStore& store, const v1::Action& action) {
  const std::string& ns = action.metadata().namespace_();
  const v1::ActionSpec& spec = action.spec();
  if (spec.has_upstream()) {
    const absl::StatusOr<v1::Action> upstream = store.actions().Get(ns, spec.upstream().name());
    if (!upstream.ok()) return upstream.status();
    return upstream->status().has_dispatch_time();
  }
  const absl::StatusOr<ResourceStore::EventState> state =
      store.StateOfEvent(ns, spec.event().name());
  if (!state.ok()) return state.status();
  return *state == ResourceStore::EventState::kDispatched;
}

// ResourceStore::CreateUnlessDispatched for a store without transactions.
inline absl::StatusOr<v1::Action> LookAndCreate(ResourceStore& store, const v1::Action& action) {
  const absl::StatusOr<bool> dispatched = CauseDispatched(store, action);
  if (!dispatched.ok()) return dispatched.status();
  if (*dispatched) return AlreadyDispatched(action.spec());
  return store.actions().Create(action);
}

}  // namespace eventreactor
