// What failed of a command that was given several names: one that is not
// there does not keep the others from it.
#pragma once

#include <string>
#include <vector>

#include "absl/status/status.h"

namespace eventreactor::cli {

class Failures {
 public:
  // Takes how it went for one name. False: it is of no use to go on with the
  // next one, such as where the service does not answer.
  bool GoOn(const absl::Status& status);

  // Shows them, if there are any, as ErrorText has it. The exit code: the
  // highest of theirs.
  int Tell(const std::string& target_flag) const;

 private:
  std::vector<absl::Status> failures_;
};

}  // namespace eventreactor::cli
