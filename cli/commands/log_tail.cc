#include "cli/commands/log_tail.h"

#include <algorithm>

namespace eventreactor::cli {

LogTail::Step& LogTail::Find(const std::string& name) {
  // From the end: pieces of a step follow each other.
  for (auto step = steps_.rbegin(); step != steps_.rend(); ++step) {
    if (step->name == name) return *step;
  }
  steps_.push_back({name, {}});
  return steps_.back();
}

void LogTail::Take(const std::string& step, const std::string& data) {
  auto& lines = Find(step).lines;
  size_t begin = 0;
  while (begin < data.size()) {
    const size_t newline = data.find('\n', begin);
    const size_t end = newline == std::string::npos ? data.size() : newline + 1;
    if (lines.empty() || lines.back().ends_with('\n')) lines.emplace_back();
    lines.back().append(data, begin, end - begin);
    if (static_cast<int64_t>(lines.size()) > lines_) lines.pop_front();
    begin = end;
  }
}

std::vector<std::pair<std::string, std::string>> LogTail::Finish() {
  std::vector<std::pair<std::string, std::string>> texts;
  texts.reserve(steps_.size());
  for (Step& step : steps_) {
    std::string text;
    for (const std::string& line : step.lines) text += line;
    if (!text.empty()) texts.emplace_back(std::move(step.name), std::move(text));
  }
  steps_.clear();
  return texts;
}

}  // namespace eventreactor::cli
