#include "cli/terminal.h"

#include <unistd.h>

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <cstring>

#include "libs/text/utf8.h"

namespace eventreactor::cli {

bool PeopleRead() { return isatty(STDOUT_FILENO) == 1; }

bool ColourWanted() {
  const char* no_color = std::getenv("NO_COLOR");
  if (no_color != nullptr && *no_color != '\0') return false;
  const char* term = std::getenv("TERM");
  if (term != nullptr && std::strcmp(term, "dumb") == 0) return false;
  return PeopleRead();
}

std::string Paint(const std::string& text, Colour colour) {
  if (colour == Colour::kNone || !ColourWanted()) return text;
  const char* code = "33";
  if (colour == Colour::kGreen) code = "32";
  if (colour == Colour::kRed) code = "31";
  return std::string("\033[") + code + "m" + text + "\033[0m";
}

void Talk(const std::string& line) {
  // One write a line, as several threads and processes may share stderr.
  const std::string text = line + "\n";
  std::fwrite(text.data(), 1, text.size(), stderr);
  std::fflush(stderr);
}

bool Print(const std::string& text) {
  std::fwrite(text.data(), 1, text.size(), stdout);
  return std::fflush(stdout) == 0;
}

std::string Printable(const std::string& text) {
  constexpr char kReplacement[] = "\xEF\xBF\xBD";
  std::string result;
  std::string_view rest = text;
  while (!rest.empty()) {
    const std::string_view before = rest;
    const char32_t point = TakeCodePoint(rest);
    if (point == kNoCodePoint) rest.remove_prefix(1);
    // C0, DEL and C1: the last ones begin escape sequences on some terminals.
    const bool control = point < 0x20 || (point >= 0x7f && point < 0xa0);
    if (point == kNoCodePoint || control) {
      result += kReplacement;
    } else {
      result += before.substr(0, before.size() - rest.size());
    }
  }
  return result;
}

std::string PrintableLines(const std::string& text) {
  std::string result;
  size_t begin = 0;
  while (begin < text.size()) {
    const size_t end = std::min(text.find_first_of("\n\t", begin), text.size());
    result += Printable(text.substr(begin, end - begin));
    if (end < text.size()) result += text[end];
    begin = end + 1;
  }
  return result;
}

}  // namespace eventreactor::cli
