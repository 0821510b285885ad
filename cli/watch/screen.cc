#include "cli/watch/screen.h"

#include <sys/ioctl.h>
#include <unistd.h>

#include <utility>

#include "absl/strings/str_cat.h"

namespace eventreactor::cli {
namespace {

constexpr char kEnter[] = "\033[?1049h\033[?25l";
constexpr char kLeave[] = "\033[?25h\033[?1049l";
// What lies between is shown at once, by terminals that know of it.
constexpr char kBeginUpdate[] = "\033[?2026h";
constexpr char kEndUpdate[] = "\033[?2026l";

}  // namespace

Screen::Screen() { Print(kEnter); }
Screen::~Screen() { Print(kLeave); }

FrameSize Screen::Size() {
  winsize size{};
  FrameSize result;
  if (ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) != 0) return result;
  if (size.ws_col > 0) result.width = size.ws_col;
  if (size.ws_row > 0) result.height = size.ws_row;
  return result;
}

std::string Redraw(const std::vector<std::string>& shown, const std::vector<std::string>& lines,
                   bool whole) {
  std::string text;
  for (size_t i = 0; i < lines.size(); ++i) {
    if (!whole && i < shown.size() && shown[i] == lines[i]) continue;
    absl::StrAppend(&text, "\033[", i + 1, ";1H", lines[i], "\033[K");
  }
  // Below what there is now.
  if (whole || shown.size() > lines.size()) {
    absl::StrAppend(&text, "\033[", lines.size() + 1, ";1H\033[J");
  }
  return text;
}

bool Screen::Draw(const std::vector<FrameLine>& lines, FrameSize size) {
  std::vector<std::string> painted;
  painted.reserve(lines.size());
  for (const auto& line : lines) painted.push_back(Paint(line.text, line.colour));
  const bool whole = size.width != size_.width || size.height != size_.height || shown_.empty();
  const std::string text = Redraw(shown_, painted, whole);
  size_ = size;
  shown_ = std::move(painted);
  return text.empty() || Print(absl::StrCat(kBeginUpdate, text, kEndUpdate));
}

}  // namespace eventreactor::cli
