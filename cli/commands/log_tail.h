// The last lines of each step of a log that is read from its beginning, in as
// much memory as they take. Pure.
#pragma once

#include <cstdint>
#include <deque>
#include <string>
#include <utility>
#include <vector>

namespace eventreactor::cli {

class LogTail {
 public:
  // `lines` of each step.
  explicit LogTail(int64_t lines) : lines_(lines) {}

  void Take(const std::string& step, const std::string& data);

  // What is left, step by step in the order they came; nothing more is taken
  // after that.
  std::vector<std::pair<std::string, std::string>> Finish();

 private:
  struct Step {
    std::string name;
    // Whole lines; the last one may lack its end.
    std::deque<std::string> lines;
  };
  Step& Find(const std::string& name);

  const int64_t lines_;
  std::vector<Step> steps_;
};

}  // namespace eventreactor::cli
