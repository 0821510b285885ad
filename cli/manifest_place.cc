#include "cli/manifest_place.h"

#include <cstdio>

#include "absl/strings/str_cat.h"
#include "libs/status/status.h"

namespace eventreactor::cli {
namespace {

absl::Status At(const std::string& file, const Position& position, const absl::Status& status,
                const std::string& message) {
  return MakeStatus(status.code(), Reason(status),
                    absl::StrCat(file, ":", position.line, ":", position.column, ": ", message),
                    Field(status));
}

}  // namespace

Position TakePosition(std::string& message) {
  Position position;
  int taken = 0;
  if (std::sscanf(message.c_str(), "line %9d, column %9d: %n", &position.line, &position.column,
                  &taken) == 2 &&
      taken > 0) {
    message.erase(0, static_cast<size_t>(taken));
    return position;
  }
  taken = 0;
  if (std::sscanf(message.c_str(), "line %9d: %n", &position.line, &taken) == 1 && taken > 0) {
    message.erase(0, static_cast<size_t>(taken));
    return {position.line, 1};
  }
  return {};
}

absl::Status AtPlace(const std::string& file, const absl::Status& status) {
  std::string message = Message(status);
  const Position position = TakePosition(message);
  return At(file, position, status, message);
}

absl::Status AtPlace(const std::string& file, const Document& document,
                     const absl::Status& status) {
  std::string message = Message(status);
  TakePosition(message);
  return At(file, PositionOf(document, Field(status)), status, message);
}

}  // namespace eventreactor::cli
