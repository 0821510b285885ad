#include "libs/service/utf8.h"

namespace eventreactor::service {
namespace {

constexpr char kCut[] = "...";
constexpr size_t kCutSize = sizeof(kCut) - 1;

// The length of the character at `at`, or 0 where the bytes are not valid
// UTF-8 (overlong forms, surrogates and beyond U+10FFFF are not).
size_t CharacterSize(const std::string& text, size_t at) {
  const auto byte = [&](size_t i) {
    return at + i < text.size() ? static_cast<unsigned char>(text[at + i]) : 0U;
  };
  const auto continues = [&](size_t i) { return (byte(i) & 0xC0U) == 0x80U; };
  const unsigned first = byte(0);
  if (first < 0x80) return 1;
  if (first >= 0xC2 && first <= 0xDF) return continues(1) ? 2 : 0;
  if (first >= 0xE0 && first <= 0xEF) {
    if (!continues(1) || !continues(2)) return 0;
    if (first == 0xE0 && byte(1) < 0xA0) return 0;
    if (first == 0xED && byte(1) > 0x9F) return 0;
    return 3;
  }
  if (first >= 0xF0 && first <= 0xF4) {
    if (!continues(1) || !continues(2) || !continues(3)) return 0;
    if (first == 0xF0 && byte(1) < 0x90) return 0;
    if (first == 0xF4 && byte(1) > 0x8F) return 0;
    return 4;
  }
  return 0;
}

}  // namespace

std::string ValidUtf8(const std::string& text, size_t max_bytes) {
  std::string out;
  size_t room_for_cut = 0;  // The longest prefix of `out` that leaves room for "...".
  for (size_t at = 0; at < text.size();) {
    const size_t size = CharacterSize(text, at);
    const size_t width = size == 0 ? 1 : size;
    if (out.size() + width > max_bytes) {
      out.resize(room_for_cut);
      return max_bytes < kCutSize ? out : out + kCut;
    }
    if (size == 0) {
      out += '?';
    } else {
      out.append(text, at, size);
    }
    at += width;
    if (out.size() + kCutSize <= max_bytes) room_for_cut = out.size();
  }
  return out;
}

}  // namespace eventreactor::service
