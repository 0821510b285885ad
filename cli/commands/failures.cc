#include "cli/commands/failures.h"

#include <algorithm>
#include <cstdio>

#include "cli/errors.h"
#include "libs/status/status.h"

namespace eventreactor::cli {

bool Failures::GoOn(const absl::Status& status) {
  if (status.ok()) return true;
  failures_.push_back(status);
  // That one Action takes long says nothing of another.
  return !IsTransient(status) || Reason(status) == "NOT_ENDED";
}

int Failures::Tell(const std::string& target_flag) const {
  if (failures_.empty()) return kOk;
  std::fputs(ErrorsText(failures_, target_flag).c_str(), stderr);
  int exit_code = kOk;
  for (const auto& failure : failures_) exit_code = std::max(exit_code, ExitCodeOf(failure));
  return exit_code;
}

}  // namespace eventreactor::cli
