// A terminal that is drawn on again and again, without flicker: only what
// differs is written, on the alternate screen, which is left at the end.
#pragma once

#include <string>
#include <vector>

#include "cli/watch/frame.h"

namespace eventreactor::cli {

class Screen {
 public:
  // Enters the alternate screen, and hides the cursor.
  Screen();
  // Gives back the terminal as it was.
  ~Screen();
  Screen(const Screen&) = delete;
  Screen& operator=(const Screen&) = delete;

  // Of now: it may have been resized since the last time.
  static FrameSize Size();

  // False if the terminal is gone.
  bool Draw(const std::vector<FrameLine>& lines, FrameSize size);

 private:
  std::vector<std::string> shown_;
  FrameSize size_;
};

// What turns the lines that are shown into the new ones. All of them if the
// size changed, as a terminal rearranges lines then. Pure.
std::string Redraw(const std::vector<std::string>& shown, const std::vector<std::string>& lines,
                   bool whole);

}  // namespace eventreactor::cli
