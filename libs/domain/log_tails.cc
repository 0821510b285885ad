#include "libs/domain/log_tails.h"

#include <algorithm>
#include <cstdint>
#include <string_view>

#include "libs/text/utf8.h"

namespace eventreactor {
namespace {

constexpr char kReplacement[] = "\xEF\xBF\xBD";

std::string WithoutInvalidBytes(std::string_view text) {
  std::string out;
  out.reserve(text.size());
  while (!text.empty()) {
    const std::string_view before = text;
    if (TakeCodePoint(text) == kNoCodePoint) {
      out += kReplacement;
      text.remove_prefix(1);
    } else {
      out += before.substr(0, before.size() - text.size());
    }
  }
  return out;
}

bool Continues(char c) { return (static_cast<uint8_t>(c) & 0xC0) == 0x80; }

// At most the last `size` bytes, beginning with a whole character.
std::string Tail(const std::string& text, size_t size) {
  if (text.size() <= size) return text;
  size_t from = text.size() - size;
  while (from < text.size() && Continues(text[from])) ++from;
  return text.substr(from);
}

}  // namespace

std::vector<std::string> FitTails(const std::vector<std::string>& logs, size_t budget) {
  std::vector<std::string> tails;
  tails.reserve(logs.size());
  for (const std::string& log : logs) {
    // Making bytes valid never shrinks a log, so its front is cut in any case.
    size_t from = log.size() > budget ? log.size() - budget : 0;
    for (int i = 0; i < 3 && from < log.size() && from > 0 && Continues(log[from]); ++i) ++from;
    tails.push_back(WithoutInvalidBytes(std::string_view(log).substr(from)));
  }
  std::vector<size_t> sizes;
  sizes.reserve(tails.size());
  for (const std::string& tail : tails) sizes.push_back(tail.size());
  std::sort(sizes.begin(), sizes.end());
  // The largest share that fits: short logs first, the rest in equal parts.
  size_t share = budget;
  size_t left = budget;
  for (size_t i = 0; i < sizes.size(); ++i) {
    share = left / (sizes.size() - i);
    if (sizes[i] > share) break;
    left -= sizes[i];
    share = budget;
  }
  for (std::string& tail : tails) tail = Tail(tail, share);
  return tails;
}

}  // namespace eventreactor
