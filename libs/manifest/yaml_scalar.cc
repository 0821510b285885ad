#include "libs/manifest/yaml_scalar.h"

#include <charconv>
#include <cmath>
#include <nlohmann/json.hpp>
#include <optional>
#include <set>
#include <string_view>

#include "absl/strings/ascii.h"
#include "absl/strings/numbers.h"
#include "libs/manifest/refusal.h"
#include "libs/status/status.h"
#include "libs/text/utf8.h"

namespace eventreactor::manifest {
namespace {

using nlohmann::json;

bool AllDigits(std::string_view text) {
  for (const char c : text) {
    if (!absl::ascii_isdigit(c)) return false;
  }
  return !text.empty();
}

std::string_view WithoutSign(std::string_view text) {
  if (!text.empty() && (text.front() == '-' || text.front() == '+')) text.remove_prefix(1);
  return text;
}

// [0-9]+, or .[0-9]+, or [0-9]+.[0-9]*, each with an exponent or not.
bool IsDecimal(std::string_view text) {
  size_t digits = 0;
  size_t at = 0;
  const auto skip_digits = [&] {
    const size_t first = at;
    while (at < text.size() && absl::ascii_isdigit(text[at])) ++at;
    return at - first;
  };
  digits += skip_digits();
  if (at < text.size() && text[at] == '.') {
    ++at;
    digits += skip_digits();
  }
  if (digits == 0) return false;
  if (at < text.size() && (text[at] == 'e' || text[at] == 'E')) {
    ++at;
    if (at < text.size() && (text[at] == '-' || text[at] == '+')) ++at;
    if (skip_digits() == 0) return false;
  }
  return at == text.size();
}

// 0o17 and 0x1f; nothing if `text` is neither, or has more than 64 bits.
std::optional<uint64_t> ParsePrefixed(std::string_view text) {
  if (text.size() < 3 || text[0] != '0' || (text[1] != 'o' && text[1] != 'x')) return std::nullopt;
  uint64_t value = 0;
  const char* end = text.data() + text.size();
  const auto result = std::from_chars(text.data() + 2, end, value, text[1] == 'o' ? 8 : 16);
  if (result.ec != std::errc() || result.ptr != end) return std::nullopt;
  return value;
}

// Of digits that begin with a zero.
absl::StatusOr<json> ParseOctal(const std::string& text, std::string_view digits) {
  constexpr size_t kLongestMode = 5;
  int value = 0;
  const char* end = digits.data() + digits.size();
  const auto result = std::from_chars(digits.data(), end, value, 8);
  if (digits.size() > kLongestMode || result.ec != std::errc() || result.ptr != end) {
    return MakeStatus(absl::StatusCode::kInvalidArgument, "BAD_YAML",
                      Shown(text) +
                          " has a leading zero, which is octal to some YAML readers and decimal to "
                          "others; leave it out, or quote it");
  }
  return text.front() == '-' ? -value : value;
}

absl::StatusOr<json> ParseDecimal(const std::string& text, std::string_view digits) {
  if (AllDigits(digits)) {
    if (digits.size() > 1 && digits.front() == '0') return ParseOctal(text, digits);
    int64_t integer = 0;
    uint64_t positive = 0;
    if (absl::SimpleAtoi(text, &integer)) return integer;
    if (absl::SimpleAtoi(text, &positive)) return positive;
  }
  double number = 0;
  if (!absl::SimpleAtod(text, &number) || !std::isfinite(number)) {
    return MakeStatus(absl::StatusCode::kInvalidArgument, "BAD_YAML",
                      Shown(text) + " is no number that JSON can hold; quote it");
  }
  return number;
}

bool IsInfinityOrNan(std::string_view text) {
  static const std::set<std::string_view> kWords = {".inf", ".Inf", ".INF", ".nan", ".NaN", ".NAN"};
  return kWords.count(text) > 0;
}

// -c, --some-flag
bool IsFlag(const std::string& text) {
  const size_t name = text.find_first_not_of('-');
  return (name == 1 || name == 2) && absl::ascii_isalpha(static_cast<unsigned char>(text[name]));
}

// Printed as it is, and no sign of YAML's in front, in the middle or behind.
bool HasPlainForm(const std::string& text) {
  constexpr std::string_view kNotFirst = " ?:,[]{}#&*!|>'\"%@`=<~";
  if (text.empty() || kNotFirst.find(text.front()) != std::string_view::npos) return false;
  // A dash begins a list item, a number or a document's end; a flag is none.
  if (text.front() == '-' && !IsFlag(text)) return false;
  if (text.back() == ' ' || text.back() == ':') return false;
  if (text.find(": ") != std::string::npos || text.find(" #") != std::string::npos) return false;
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    if (byte < 0x20 || byte > 0x7e) return false;
    // In flow style these end a scalar; not here, but a reader need not know.
    if (c == '[' || c == ']' || c == '{' || c == '}' || c == ',') return false;
  }
  return true;
}

// Of the letters that YAML 1.1 knows in numbers (0x1F, 0b1, 1e5, 1_000,
// 190:20:30), dates (2001-01-01T00:00:00Z) and .inf.
bool LooksLikeNumber(const std::string& text) {
  const char first = text.front();
  if (!absl::ascii_isdigit(first) && first != '+' && first != '.') return false;
  return text.find_first_not_of("0123456789abcdefABCDEFoxOXTtZz+-.:_ INinN") == std::string::npos;
}

}  // namespace

absl::StatusOr<json> ResolvePlain(const std::string& text) {
  static const std::set<std::string_view> kNull = {"", "~", "null", "Null", "NULL"};
  static const std::set<std::string_view> kTrue = {"true", "True", "TRUE"};
  static const std::set<std::string_view> kFalse = {"false", "False", "FALSE"};
  if (kNull.count(text) > 0) return json(nullptr);
  if (kTrue.count(text) > 0) return json(true);
  if (kFalse.count(text) > 0) return json(false);
  if (const auto prefixed = ParsePrefixed(text)) return json(*prefixed);
  const std::string_view digits = WithoutSign(text);
  if (IsInfinityOrNan(digits)) {
    return MakeStatus(absl::StatusCode::kInvalidArgument, "BAD_YAML",
                      Shown(text) + " is no number that JSON can hold; quote it");
  }
  if (IsDecimal(digits)) return ParseDecimal(text, digits);
  return json(text);
}

bool IsPlainString(const std::string& text) {
  static const std::set<std::string> kWords = {"null", "true", "false", "yes", "no",
                                               "on",   "off",  "y",     "n"};
  return HasPlainForm(text) && !LooksLikeNumber(text) &&
         kWords.count(absl::AsciiStrToLower(text)) == 0;
}

}  // namespace eventreactor::manifest
