#include "cli/watch/frame.h"

#include <algorithm>
#include <map>
#include <utility>

#include "absl/strings/str_cat.h"
#include "cli/commands/actions.h"
#include "cli/output.h"

namespace eventreactor::cli {
namespace {

constexpr const char* kTurning[] = {"⠋", "⠙", "⠹", "⠸", "⠼", "⠴", "⠦", "⠧", "⠇", "⠏"};

bool HasCompletion(const v1::Action& action) {
  return action.status().completion() != v1::COMPLETION_UNSPECIFIED;
}

// The first `width` characters.
std::string Cut(const std::string& text, int width) {
  int characters = 0;
  for (size_t i = 0; i < text.size(); ++i) {
    const bool begins = (static_cast<unsigned char>(text[i]) & 0xC0U) != 0x80U;
    if (begins && ++characters > width) return text.substr(0, i);
  }
  return text;
}

std::string Turning(int tick) {
  return kTurning[static_cast<size_t>(tick) % (sizeof(kTurning) / sizeof(kTurning[0]))];
}

std::string StepWord(const v1::StepState& step) {
  if (step.has_running()) return "running";
  if (!step.has_terminated()) {
    const std::string& reason = step.waiting().reason();
    return reason.empty() ? "waiting" : absl::StrCat("waiting (", reason, ")");
  }
  const auto& end = step.terminated();
  const std::string& reason = end.reason();
  const bool usual = reason.empty() || reason == "Completed" || reason == "Error";
  return absl::StrCat("exited ", end.exit_code(), usual ? "" : absl::StrCat(" (", reason, ")"));
}

std::string StepTook(const v1::StepState& step, absl::Time now) {
  if (step.has_running() && step.running().has_started_at()) {
    return ShortDuration(now - ToTime(step.running().started_at()));
  }
  const auto& end = step.terminated();
  if (!step.has_terminated() || !end.has_started_at() || !end.has_finished_at()) return "";
  return ShortDuration(ToTime(end.finished_at()) - ToTime(end.started_at()));
}

// `neutral`: what its Action came to, by the exit code of the last step.
FrameLine StepLine(const v1::StepState& step, bool neutral, absl::Time now, int tick) {
  FrameLine line;
  std::string mark = "○";
  if (step.has_running()) {
    mark = Turning(tick);
    line.colour = Colour::kYellow;
  } else if (step.has_terminated()) {
    const bool good = step.terminated().exit_code() == 0;
    mark = good ? "✓" : neutral ? "–" : "✗";
    line.colour = good ? Colour::kGreen : neutral ? Colour::kYellow : Colour::kRed;
  }
  const std::string took = StepTook(step, now);
  line.text = absl::StrCat("  ", mark, " ", Printable(step.name()), "  ", StepWord(step),
                           took.empty() ? "" : "  ", took);
  return line;
}

std::string ActionTook(const v1::Action& action, absl::Time now) {
  const auto& status = action.status();
  if (!status.has_start_time()) return "";
  const absl::Time end = status.has_completion_time() ? ToTime(status.completion_time()) : now;
  return ShortDuration(end - ToTime(status.start_time()));
}

FrameLine ActionLine(const v1::Action& action, absl::Time now, int tick) {
  const Cell status = StatusCell(action);
  std::string mark = Turning(tick);
  if (HasCompletion(action)) {
    const v1::Completion completion = action.status().completion();
    mark = completion == v1::COMPLETION_SUCCESS   ? "✓"
           : completion == v1::COMPLETION_NEUTRAL ? "–"
                                                  : "✗";
  }
  const std::string took = ActionTook(action, now);
  return {absl::StrCat(mark, " ", Printable(action.spec().pipeline().name()), "  ",
                       Printable(action.metadata().name()), "  ", Printable(status.text),
                       took.empty() ? "" : "  ", took),
          HasCompletion(action) ? status.colour : Colour::kYellow};
}

}  // namespace

std::vector<FrameLine> WatchFrame(const std::vector<v1::Action>& actions, FrameSize size,
                                  absl::Time now, int tick) {
  std::vector<const v1::Action*> newest;
  newest.reserve(actions.size());
  for (const auto& action : actions) newest.push_back(&action);
  std::stable_sort(newest.begin(), newest.end(), [](const v1::Action* a, const v1::Action* b) {
    return ToTime(a->metadata().creation_timestamp()) > ToTime(b->metadata().creation_timestamp());
  });
  size_t all = 0;
  size_t unfinished = 0;
  for (const auto* action : newest) {
    all += 1 + static_cast<size_t>(action->status().step_states_size());
    unfinished += HasCompletion(*action) ? 0 : 1;
  }
  // A line at the top for how many there are.
  const auto room = static_cast<size_t>(std::max(size.height - 1, 1));
  const bool with_all_steps = all <= room;
  std::vector<FrameLine> lines;
  lines.push_back({absl::StrCat(actions.size(), actions.size() == 1 ? " Action, " : " Actions, ",
                                unfinished, " unfinished"),
                   Colour::kNone});
  for (const auto* action : newest) {
    lines.push_back(ActionLine(*action, now, tick));
    if (!with_all_steps && HasCompletion(*action)) continue;
    for (const auto& step : action->status().step_states()) {
      const bool neutral = action->status().completion() == v1::COMPLETION_NEUTRAL;
      lines.push_back(StepLine(step, neutral, now, tick));
    }
  }
  if (lines.size() > room + 1) {
    lines.resize(room + 1);
    lines.back() = {"...", Colour::kNone};
  }
  for (auto& line : lines) line.text = Cut(line.text, size.width);
  return lines;
}

std::vector<std::string> ChangesBetween(const v1::Action& before, const v1::Action& now) {
  const std::string who =
      absl::StrCat(Printable(now.spec().pipeline().name()), "\t", now.metadata().name(), "\t");
  std::map<std::string, std::string> words;
  for (const auto& step : before.status().step_states()) words[step.name()] = StepWord(step);
  std::vector<std::string> lines;
  for (const auto& step : now.status().step_states()) {
    const std::string word = StepWord(step);
    const auto [known, is_new] = words.emplace(step.name(), "waiting");
    if (known->second == word) continue;
    lines.push_back(absl::StrCat(who, Printable(step.name()), "\t", Printable(word)));
  }
  if (HasCompletion(now) && !HasCompletion(before)) {
    lines.push_back(absl::StrCat(who, "-\t", CompletionWord(now.status().completion())));
  }
  return lines;
}

}  // namespace eventreactor::cli
