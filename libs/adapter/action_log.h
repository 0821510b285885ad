// Reading an Action's log: as long as the log is there from it, afterwards
// from the tail in the status.
#pragma once

#include <functional>

#include "absl/status/status.h"
#include "eventreactor/v1/action_service.pb.h"
#include "libs/adapter/log_store.h"
#include "libs/adapter/request_check.h"
#include "libs/adapter/store.h"

namespace eventreactor {

struct LogQuery {
  ObjectKey key;
  // Empty: all.
  std::string step;
  bool follow = false;
};

// Calls `send` with each piece until it returns false or `gone` does not.
absl::Status ReadActionLog(Store<v1::Action>& actions, LogStore& logs, const LogQuery& query,
                           const std::function<bool()>& gone,
                           const std::function<bool(const v1::ReadLogResponse&)>& send);

}  // namespace eventreactor
