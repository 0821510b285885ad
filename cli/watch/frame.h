// What `actions watch` shows of Actions: frames for a terminal, lines for
// everything else. Pure.
#pragma once

#include <string>
#include <vector>

#include "absl/time/time.h"
#include "cli/terminal.h"
#include "eventreactor/v1/action.pb.h"

namespace eventreactor::cli {

struct FrameLine {
  std::string text;
  Colour colour = Colour::kNone;
};

struct FrameSize {
  int width = 80;
  int height = 24;
};

// Newest first, each with its steps below it; as many as fit, those that have
// ended without steps before some are left out. No line is wider, and there
// are no more lines, than the terminal takes. `tick` turns what turns.
std::vector<FrameLine> WatchFrame(const std::vector<v1::Action>& actions, FrameSize size,
                                  absl::Time now, int tick);

// What happened between two states of an Action, one line each: pipeline, name,
// and a step's name and state, or how it all ended. `before` is empty for one
// that is new.
std::vector<std::string> ChangesBetween(const v1::Action& before, const v1::Action& now);

}  // namespace eventreactor::cli
