#include "libs/domain/quantity.h"

#include <limits>
#include <map>

#include "absl/numeric/int128.h"
#include "absl/strings/numbers.h"
#include "libs/status/status.h"

namespace eventreactor {
namespace {

// Enough for every int64 with nine decimals.
constexpr size_t kMaxDigits = 28;
constexpr int kMaxExponent = 18;

absl::Status Invalid(const std::string& text, const std::string& why,
                     const std::string& reason = "INVALID_QUANTITY") {
  return MakeStatus(absl::StatusCode::kInvalidArgument, reason,
                    "\"" + text + "\" " + why + "; expected a quantity such as 500m, 1.5 or 64Mi");
}

absl::Status TooLarge(const std::string& text) {
  return Invalid(text, "is too large", kQuantityTooLarge);
}

// What a suffix multiplies with: 10^decimal * 2^binary.
struct Factor {
  int decimal = 0;
  int binary = 0;
};

bool FactorOf(const std::string& suffix, Factor& factor) {
  static const std::map<std::string, Factor> kSuffixes = {
      {"n", {-9, 0}},  {"u", {-6, 0}},  {"m", {-3, 0}},  {"", {0, 0}},
      {"k", {3, 0}},   {"M", {6, 0}},   {"G", {9, 0}},   {"T", {12, 0}},
      {"P", {15, 0}},  {"E", {18, 0}},  {"Ki", {0, 10}}, {"Mi", {0, 20}},
      {"Gi", {0, 30}}, {"Ti", {0, 40}}, {"Pi", {0, 50}}, {"Ei", {0, 60}}};
  if (const auto it = kSuffixes.find(suffix); it != kSuffixes.end()) {
    factor = it->second;
    return true;
  }
  int exponent = 0;
  if (suffix.size() < 2 || suffix.find(' ') != std::string::npos ||
      (suffix[0] != 'e' && suffix[0] != 'E') || !absl::SimpleAtoi(suffix.c_str() + 1, &exponent) ||
      exponent < -kMaxExponent || exponent > kMaxExponent) {
    return false;
  }
  factor.decimal = exponent;
  return true;
}

}  // namespace

absl::StatusOr<int64_t> ParseQuantity(const std::string& text, int64_t scale) {
  absl::uint128 digits = 0;
  size_t count = 0;
  int decimals = 0;
  bool point = false;
  size_t at = text.empty() || text[0] != '+' ? 0 : 1;
  for (; at < text.size(); ++at) {
    const char c = text[at];
    if (c == '.' && !point) {
      point = true;
    } else if (c >= '0' && c <= '9') {
      if (++count > kMaxDigits) return TooLarge(text);
      digits = digits * 10 + static_cast<unsigned>(c - '0');
      if (point) ++decimals;
    } else {
      break;
    }
  }
  Factor factor;
  if (count == 0 || !FactorOf(text.substr(at), factor)) return Invalid(text, "is no quantity");

  const absl::uint128 most = static_cast<uint64_t>(std::numeric_limits<int64_t>::max());
  const absl::uint128 room = absl::Uint128Max() / 1024;
  const auto multiply = [&](absl::uint128 by) {
    if (digits != 0 && by > room / digits) return false;
    digits *= by;
    return true;
  };
  bool fits = multiply(static_cast<uint64_t>(scale));
  for (int i = 0; fits && i < factor.binary; ++i) fits = multiply(2);
  int power = factor.decimal - decimals;
  for (; fits && power > 0; --power) fits = multiply(10);
  if (!fits) return TooLarge(text);
  bool rest = false;
  for (; power < 0; ++power) {
    rest = rest || digits % 10 != 0;
    digits /= 10;
  }
  if (rest) digits += 1;
  if (digits > most) return TooLarge(text);
  return static_cast<int64_t>(absl::Uint128Low64(digits));
}

}  // namespace eventreactor
