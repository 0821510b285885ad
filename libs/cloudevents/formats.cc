#include "libs/cloudevents/formats.h"

#include <optional>

namespace eventreactor::cloudevents {
namespace {

bool IsDigit(char c) { return c >= '0' && c <= '9'; }
bool IsAlpha(char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'); }
bool IsHex(char c) { return IsDigit(c) || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F'); }

// Unreserved, sub-delims and pct-encoded (RFC 3986, 2), or one of `others`.
bool HasOnly(std::string_view text, std::string_view others) {
  constexpr std::string_view kMarks = "-._~!$&'()*+,;=";
  for (size_t i = 0; i < text.size(); ++i) {
    const char c = text[i];
    if (c == '%') {
      if (text.size() - i < 3 || !IsHex(text[i + 1]) || !IsHex(text[i + 2])) return false;
      i += 2;
    } else if (!IsAlpha(c) && !IsDigit(c) && kMarks.find(c) == std::string_view::npos &&
               others.find(c) == std::string_view::npos) {
      return false;
    }
  }
  return true;
}

bool IsScheme(std::string_view text) {
  if (text.empty() || !IsAlpha(text.front())) return false;
  for (const char c : text) {
    if (!IsAlpha(c) && !IsDigit(c) && c != '+' && c != '-' && c != '.') return false;
  }
  return true;
}

// What stands before the first colon of the first path segment, if any.
std::optional<std::string_view> BeforeColon(std::string_view value) {
  const size_t end = value.find_first_of(":/?#");
  if (end == std::string_view::npos || value[end] != ':') return std::nullopt;
  return value.substr(0, end);
}

std::string_view TakeUntil(std::string_view& text, std::string_view stops) {
  const std::string_view part = text.substr(0, text.find_first_of(stops));
  text.remove_prefix(part.size());
  return part;
}

// A number of exactly `digits` digits taken off the front; -1 if it is none.
int TakeNumber(std::string_view& text, size_t digits) {
  if (text.size() < digits) return -1;
  int value = 0;
  for (size_t i = 0; i < digits; ++i) {
    if (!IsDigit(text[i])) return -1;
    value = value * 10 + (text[i] - '0');
  }
  text.remove_prefix(digits);
  return value;
}

bool TakeOneOf(std::string_view& text, std::string_view chars) {
  if (text.empty() || chars.find(text.front()) == std::string_view::npos) return false;
  text.remove_prefix(1);
  return true;
}

int DaysIn(int year, int month) {
  constexpr int kDays[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
  const bool leap = (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;
  return month == 2 && leap ? 29 : kDays[month - 1];
}

bool TakeDate(std::string_view& text) {
  const int year = TakeNumber(text, 4);
  if (year < 0 || !TakeOneOf(text, "-")) return false;
  const int month = TakeNumber(text, 2);
  if (month < 1 || month > 12 || !TakeOneOf(text, "-")) return false;
  const int day = TakeNumber(text, 2);
  return day >= 1 && day <= DaysIn(year, month);
}

bool TakeHourMinute(std::string_view& text) {
  const int hour = TakeNumber(text, 2);
  if (hour < 0 || hour > 23 || !TakeOneOf(text, ":")) return false;
  const int minute = TakeNumber(text, 2);
  return minute >= 0 && minute <= 59;
}

}  // namespace

bool IsUriReference(std::string_view value) {
  std::string_view rest = value;
  if (const auto scheme = BeforeColon(rest)) {
    if (!IsScheme(*scheme)) return false;
    rest.remove_prefix(scheme->size() + 1);
  }
  if (rest.starts_with("//")) {
    rest.remove_prefix(2);
    if (!HasOnly(TakeUntil(rest, "/?#"), ":@[]")) return false;
  }
  if (!HasOnly(TakeUntil(rest, "?#"), ":@/")) return false;
  if (TakeOneOf(rest, "?") && !HasOnly(TakeUntil(rest, "#"), ":@/?")) return false;
  if (TakeOneOf(rest, "#") && !HasOnly(rest, ":@/?")) return false;
  return true;
}

bool IsAbsoluteUri(std::string_view value) {
  return BeforeColon(value).has_value() && IsUriReference(value);
}

bool IsTimestamp(std::string_view value) {
  std::string_view rest = value;
  if (!TakeDate(rest) || !TakeOneOf(rest, "Tt") || !TakeHourMinute(rest)) return false;
  if (!TakeOneOf(rest, ":")) return false;
  const int second = TakeNumber(rest, 2);
  if (second < 0 || second > 60) return false;
  if (TakeOneOf(rest, ".")) {
    if (rest.empty() || !IsDigit(rest.front())) return false;
    while (!rest.empty() && IsDigit(rest.front())) rest.remove_prefix(1);
  }
  if (TakeOneOf(rest, "Zz")) return rest.empty();
  return TakeOneOf(rest, "+-") && TakeHourMinute(rest) && rest.empty();
}

}  // namespace eventreactor::cloudevents
