#include "libs/text/utf8.h"

namespace eventreactor {
namespace {

constexpr std::string_view kCut = "...";

// Which lead bytes announce how many continuation bytes, and the smallest
// code point that needs that many.
struct Form {
  size_t continuations;
  char32_t smallest;
  unsigned char lead_mask;
  unsigned char lead;
};
constexpr Form kForms[] = {
    {0, 0, 0x80, 0x00}, {1, 0x80, 0xE0, 0xC0}, {2, 0x800, 0xF0, 0xE0}, {3, 0x10000, 0xF8, 0xF0}};

bool IsScalarValue(char32_t point) {
  return point <= 0x10FFFF && (point < 0xD800 || point > 0xDFFF);
}

char32_t Decode(std::string_view text, const Form& form) {
  if (text.size() <= form.continuations) return kNoCodePoint;
  char32_t point =
      static_cast<unsigned char>(text[0]) & static_cast<unsigned char>(~form.lead_mask);
  for (size_t i = 1; i <= form.continuations; ++i) {
    const auto byte = static_cast<unsigned char>(text[i]);
    if ((byte & 0xC0) != 0x80) return kNoCodePoint;
    point = point << 6 | (byte & 0x3F);
  }
  return point >= form.smallest && IsScalarValue(point) ? point : kNoCodePoint;
}

}  // namespace

char32_t TakeCodePoint(std::string_view& text) {
  const auto lead = static_cast<unsigned char>(text.front());
  for (const Form& form : kForms) {
    if ((lead & form.lead_mask) != form.lead) continue;
    const char32_t point = Decode(text, form);
    if (point != kNoCodePoint) text.remove_prefix(form.continuations + 1);
    return point;
  }
  return kNoCodePoint;
}

size_t FindInvalidUtf8(std::string_view text) {
  std::string_view rest = text;
  while (!rest.empty()) {
    if (TakeCodePoint(rest) == kNoCodePoint) return text.size() - rest.size();
  }
  return std::string_view::npos;
}

std::string ValidUtf8(std::string_view text, size_t max_bytes) {
  std::string out;
  size_t room_for_cut = 0;  // The longest prefix of `out` that leaves room for "...".
  while (!text.empty()) {
    std::string_view rest = text;
    std::string_view shown = "?";
    if (TakeCodePoint(rest) == kNoCodePoint) {
      rest.remove_prefix(1);
    } else {
      shown = text.substr(0, text.size() - rest.size());
    }
    if (out.size() + shown.size() > max_bytes) {
      out.resize(room_for_cut);
      return max_bytes < kCut.size() ? out : out.append(kCut);
    }
    out += shown;
    text = rest;
    if (out.size() + kCut.size() <= max_bytes) room_for_cut = out.size();
  }
  return out;
}

}  // namespace eventreactor
