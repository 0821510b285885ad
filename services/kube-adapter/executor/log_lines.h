// What a node sends of a log with timestamps, taken apart. Pure.
#pragma once

#include <functional>
#include <string>
#include <string_view>

#include "absl/time/time.h"

namespace eventreactor::kube {

// For one reading of one log, from its first byte or from any later line.
class LogLines {
 public:
  // A line with its line feed, or a part of one that is longer than 64 KiB.
  // `time` is when the container wrote it; that of the line before where the
  // node sent none. False: no more is wanted now.
  using Sink = std::function<bool(absl::Time time, std::string_view text)>;

  // False once `sink` said so. What may be a part of a line waits for more.
  bool Feed(std::string_view bytes, const Sink& sink);
  // The last line, where it has no line feed.
  bool End(const Sink& sink);

 private:
  bool Hand(std::string_view piece, const Sink& sink);

  std::string waiting_;
  absl::Time time_ = absl::InfinitePast();
  // What comes next is within a line whose time is known.
  bool within_ = false;
};

}  // namespace eventreactor::kube
