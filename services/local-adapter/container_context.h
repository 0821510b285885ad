// What the parts of one run share.
#pragma once

#include <functional>
#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "libs/adapter/log_store.h"
#include "services/local-adapter/container_control.h"
#include "services/local-adapter/container_run.h"
#include "services/local-adapter/engine_port.h"

namespace eventreactor::local {

struct RunContext {
  const RunOptions& options;
  Engine& engine;
  LogStore& logs;
  RunControl& control;
  RunKey key;
  // Shown while the run waits; both empty: it waits no more.
  std::function<void(const std::string& reason, const std::string& message)> say;
};

// Waits between tries, longer each time, and says what for.
class Patience {
 public:
  // Whether a request to end the run ends the waiting too. Not while a
  // container may be running: its end must be seen.
  enum class Until { kStopRequested, kAbandoned };

  Patience(const RunContext& context, Until until);

  // After a try that failed: false if there shall be no other one.
  bool Again(const absl::Status& status);
  // After one that did not.
  void Answered();

  // The call's answer, be it a permanent error; or its last error once there
  // shall be no other try.
  template <class Call>
  auto Ask(Call call) -> decltype(call()) {
    while (true) {
      auto answer = call();
      const absl::Status status = StatusOf(answer);
      if (!WorthAnother(status)) {
        Answered();
        return answer;
      }
      if (!Again(status)) return answer;
    }
  }

 private:
  static const absl::Status& StatusOf(const absl::Status& status) { return status; }
  template <class T>
  static const absl::Status& StatusOf(const absl::StatusOr<T>& answer) {
    return answer.status();
  }
  static bool WorthAnother(const absl::Status& status);

  const RunContext& context_;
  const Until until_;
  absl::Duration wait_;
  bool waiting_ = false;
};

}  // namespace eventreactor::local
