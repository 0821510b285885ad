#include "libs/domain/duration.h"

#include "libs/status/status.h"

namespace eventreactor {
namespace {

void ReplaceAll(std::string& text, const std::string& what, const std::string& with) {
  for (size_t at = text.find(what); at != std::string::npos; at = text.find(what, at)) {
    text.replace(at, what.size(), with);
  }
}

}  // namespace

absl::StatusOr<absl::Duration> ParseGoDuration(const std::string& text) {
  const absl::Duration longest = absl::Hours(24 * 365 * 290);
  std::string ascii = text;
  ReplaceAll(ascii, "\xC2\xB5s", "us");
  ReplaceAll(ascii, "\xCE\xBCs", "us");
  absl::Duration duration;
  // absl also knows "inf", which Go does not.
  if (ascii.find("inf") == std::string::npos && absl::ParseDuration(ascii, &duration) &&
      duration <= longest && duration >= -longest) {
    return duration;
  }
  return MakeStatus(absl::StatusCode::kInvalidArgument, "INVALID_DURATION",
                    "\"" + text.substr(0, 64) +
                        "\" is no duration; expected numbers with units such as 90s or 1h30m");
}

}  // namespace eventreactor
