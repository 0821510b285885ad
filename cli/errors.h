// Errors as reactorctl shows them: what happened, and the next step; and its
// exit codes. Pure.
#pragma once

#include <string>
#include <vector>

#include "absl/status/status.h"

namespace eventreactor::cli {

// Documented in `reactorctl --help`.
inline constexpr int kOk = 0;
inline constexpr int kFailure = 1;
// A command line that cannot be understood; of `actions wait --exit-status`,
// that the Action was lost without an exit code.
inline constexpr int kUsage = 2;
inline constexpr int kTimedOut = 3;

// What a program finds in $?.
int ExitCodeOf(const absl::Status& status);

// The status with a next step of its own, which is shown in place of that of
// its reason.
absl::Status WithNext(absl::Status status, const std::string& step);

// "error: ..." and, where there is one, "next: ..." on a line of its own.
// `target_flag` is " --data-dir DIR" or " --context NAME" if the user gave
// one: the commands proposed are to be pasted as they are.
std::string ErrorText(const absl::Status& status, const std::string& target_flag);
// The same of several, and each next step once, at the end.
std::string ErrorsText(const std::vector<absl::Status>& errors, const std::string& target_flag);

}  // namespace eventreactor::cli
