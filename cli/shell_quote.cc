#include "cli/shell_quote.h"

namespace eventreactor::cli {
namespace {

bool IsBare(char c) {
  const bool letter = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
  return letter || (c >= '0' && c <= '9') || std::string("_-./:=@%+,").find(c) != std::string::npos;
}

}  // namespace

std::string ShellQuote(const std::string& word) {
  bool bare = !word.empty();
  for (const char c : word) bare = bare && IsBare(c);
  if (bare) return word;
  std::string quoted = "'";
  for (const char c : word) {
    if (c == '\'') {
      quoted += "'\\''";
    } else {
      quoted += c;
    }
  }
  return quoted + "'";
}

std::string ShellLine(const std::vector<std::string>& words) {
  std::string line;
  for (const std::string& word : words) {
    if (!line.empty()) line += ' ';
    line += ShellQuote(word);
  }
  return line;
}

}  // namespace eventreactor::cli
