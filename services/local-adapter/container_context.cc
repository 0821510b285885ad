#include "services/local-adapter/container_context.h"

#include <algorithm>
#include <string>

#include "libs/status/status.h"

namespace eventreactor::local {

Patience::Patience(const RunContext& context, Until until)
    : context_(context), until_(until), wait_(context.options.retry_first) {}

bool Patience::WorthAnother(const absl::Status& status) {
  return !status.ok() && IsTransient(status);
}

bool Patience::Again(const absl::Status& status) {
  const RunControl& control = context_.control;
  const auto over = [&] {
    return control.abandoned() ||
           (until_ == Until::kStopRequested && control.stop_reason() != StopReason::kNone);
  };
  if (over()) return false;
  waiting_ = true;
  std::string reason = "EngineError";
  if (absl::IsUnavailable(status)) reason = "EngineUnavailable";
  if (absl::IsResourceExhausted(status)) reason = "EngineDiskFull";
  context_.say(reason, Message(status));
  control.Sleep(wait_);
  wait_ = std::min(2 * wait_, context_.options.retry_most);
  return !over();
}

void Patience::Answered() {
  wait_ = context_.options.retry_first;
  if (!waiting_) return;
  waiting_ = false;
  context_.say("", "");
}

}  // namespace eventreactor::local
