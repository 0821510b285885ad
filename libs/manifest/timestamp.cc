#include "libs/manifest/timestamp.h"

#include <google/protobuf/util/time_util.h>

#include "absl/strings/ascii.h"

namespace eventreactor::manifest {
namespace {

// Whether `text` has the form YYYY-MM-DDTHH:MM:SS[.digits](Z|+HH:MM|-HH:MM);
// the numbers themselves are protobuf's to check.
bool HasForm(const std::string& text) {
  constexpr char kDateAndTime[] = "dddd-dd-ddTdd:dd:dd";
  constexpr char kOffset[] = "dd:dd";
  constexpr size_t kMaxFraction = 9;
  const auto matches = [&](size_t at, const std::string& form) {
    if (text.size() < at + form.size()) return false;
    for (size_t i = 0; i < form.size(); ++i) {
      if (form[i] == 'd' ? !absl::ascii_isdigit(text[at + i]) : text[at + i] != form[i])
        return false;
    }
    return true;
  };
  if (!matches(0, kDateAndTime)) return false;
  size_t at = sizeof(kDateAndTime) - 1;
  if (at < text.size() && text[at] == '.') {
    const size_t first = ++at;
    while (at < text.size() && absl::ascii_isdigit(text[at])) ++at;
    if (at == first || at - first > kMaxFraction) return false;
  }
  if (at >= text.size()) return false;
  if (text[at] == 'Z') return at + 1 == text.size();
  return (text[at] == '+' || text[at] == '-') && matches(at + 1, kOffset) &&
         text.size() == at + sizeof(kOffset);
}

}  // namespace

std::string FormatTimestamp(const google::protobuf::Timestamp& timestamp) {
  return google::protobuf::util::TimeUtil::ToString(timestamp);
}

std::optional<google::protobuf::Timestamp> ParseTimestamp(const std::string& text) {
  google::protobuf::Timestamp timestamp;
  if (!HasForm(text) || !google::protobuf::util::TimeUtil::FromString(text, &timestamp)) {
    return std::nullopt;
  }
  return timestamp;
}

}  // namespace eventreactor::manifest
