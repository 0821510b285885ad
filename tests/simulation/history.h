// What was stored, when: noted at each write, so that what must never happen
// is seen when it does.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "eventreactor/v1/action.pb.h"
#include "eventreactor/v1/event.pb.h"

namespace eventreactor::simulation {

// By steps of the schedule; 0: not yet.
struct ActionHistory {
  std::string ns;
  uint64_t created = 0;
  uint64_t ended = 0;
  uint64_t dispatched = 0;
  v1::Completion completion = v1::COMPLETION_UNSPECIFIED;
};

struct History {
  // `strict`: the store looks and creates in one step.
  explicit History(bool strict) : strict_store(strict) {}

  void Saw(uint64_t step, const v1::Event& event);
  void Saw(uint64_t step, const v1::Action& action);

  const bool strict_store;
  // By name.
  std::map<std::string, uint64_t> events_dispatched;
  std::map<std::string, ActionHistory> actions;
  // In words, what should not have happened.
  std::vector<std::string> faults;

 private:
  std::map<std::string, std::string> dispatch_times_;
};

}  // namespace eventreactor::simulation
