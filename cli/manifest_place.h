// Where in a manifest file something is wrong: FILE:LINE:COLUMN. Pure.
#pragma once

#include <string>

#include "absl/status/status.h"
#include "libs/manifest/manifest.h"

namespace eventreactor::cli {

// Takes the "line 3, column 7: " or "line 3: " that a message begins with;
// otherwise the file's begin.
Position TakePosition(std::string& message);

// What is wrong with the whole file, which knows its line itself.
absl::Status AtPlace(const std::string& file, const absl::Status& status);

// What is wrong with the status' field of that document.
absl::Status AtPlace(const std::string& file, const Document& document, const absl::Status& status);

}  // namespace eventreactor::cli
