#include "libs/cloudevents/text.h"

#include "libs/text/utf8.h"

namespace eventreactor::cloudevents {
namespace {

constexpr char kHexDigits[] = "0123456789ABCDEF";
constexpr size_t kQuotedBytes = 64;

int HexValue(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'A' && c <= 'F') return c - 'A' + 10;
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  return -1;
}

void AppendHex(unsigned char byte, std::string& out) {
  out += kHexDigits[byte >> 4];
  out += kHexDigits[byte & 0xF];
}

bool IsPrintable(char32_t point) {
  return point != kNoCodePoint && point >= 0x20 && (point < 0x7F || point > 0x9F);
}

}  // namespace

std::string Quoted(std::string_view value) {
  std::string out = "\"";
  size_t at = 0;
  while (at < value.size()) {
    std::string_view rest = value.substr(at);
    const char32_t point = TakeCodePoint(rest);
    const size_t taken = point == kNoCodePoint ? 1 : value.size() - at - rest.size();
    if (at + taken > kQuotedBytes) break;
    if (IsPrintable(point)) {
      out += value.substr(at, taken);
    } else {
      for (const char c : value.substr(at, taken)) {
        out += "\\x";
        AppendHex(static_cast<unsigned char>(c), out);
      }
    }
    at += taken;
  }
  out += '"';
  if (at < value.size()) out += "... (" + std::to_string(value.size()) + " bytes)";
  return out;
}

std::string PercentEncode(std::string_view value) {
  std::string out;
  out.reserve(value.size());
  for (const char c : value) {
    if (c > 0x20 && c < 0x7F && c != '"' && c != '%') {
      out += c;
    } else {
      out += '%';
      AppendHex(static_cast<unsigned char>(c), out);
    }
  }
  return out;
}

std::optional<std::string> PercentDecode(std::string_view value) {
  std::string out;
  out.reserve(value.size());
  for (size_t i = 0; i < value.size(); ++i) {
    if (value[i] != '%') {
      out += value[i];
      continue;
    }
    if (value.size() - i < 3) return std::nullopt;
    const int high = HexValue(value[i + 1]);
    const int low = HexValue(value[i + 2]);
    if (high < 0 || low < 0) return std::nullopt;
    out += static_cast<char>(high * 16 + low);
    i += 2;
  }
  return out;
}

std::string AsciiLower(std::string_view value) {
  std::string out(value);
  for (char& c : out) {
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
  }
  return out;
}

}  // namespace eventreactor::cloudevents
