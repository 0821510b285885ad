#include "tests/simulation/history.h"

#include "absl/strings/str_cat.h"
#include "libs/domain/run.h"

namespace eventreactor::simulation {

void History::Saw(uint64_t step, const v1::Event& event) {
  if (!event.status().has_dispatch_time()) return;
  const std::string& name = event.metadata().name();
  const auto [at, first] =
      dispatch_times_.emplace(name, event.status().dispatch_time().SerializeAsString());
  if (first) {
    events_dispatched[name] = step;
  } else if (at->second != event.status().dispatch_time().SerializeAsString()) {
    faults.push_back(absl::StrCat("the Event ", name, " was dispatched twice"));
  }
}

void History::Saw(uint64_t step, const v1::Action& action) {
  const std::string& name = action.metadata().name();
  ActionHistory& known = actions[name];
  if (known.created == 0) {
    known.created = step;
    known.ns = action.metadata().namespace_();
    const v1::ActionSpec& spec = action.spec();
    const bool late = spec.has_upstream() ? actions[spec.upstream().name()].dispatched > 0
                                          : events_dispatched.contains(spec.event().name());
    if (late && strict_store) {
      faults.push_back(absl::StrCat("the Action ", name, " was created after the dispatch"));
    }
  }
  const v1::Completion completion = action.status().completion();
  if (known.ended > 0 && completion != known.completion) {
    faults.push_back(absl::StrCat("the Action ", name, " ended twice: ", completion, " after ",
                                  known.completion));
  }
  if (known.ended == 0 && IsTerminal(action)) {
    known.ended = step;
    known.completion = completion;
  }
  if (known.dispatched > 0 && !action.status().has_dispatch_time()) {
    faults.push_back(absl::StrCat("the Action ", name, " lost its dispatch mark"));
  }
  if (known.dispatched == 0 && action.status().has_dispatch_time()) {
    known.dispatched = step;
    if (known.ended == 0) {
      faults.push_back(absl::StrCat("the Action ", name, " was dispatched before its end"));
    }
  }
}

}  // namespace eventreactor::simulation
