#include "libs/adapter/action_log.h"

#include <algorithm>

#include "absl/strings/str_cat.h"
#include "libs/domain/run.h"
#include "libs/status/status.h"

namespace eventreactor {
namespace {

v1::ReadLogResponse Piece(const LogPiece& piece) {
  v1::ReadLogResponse response;
  response.set_step(piece.step);
  response.set_data(piece.data);
  response.set_offset(piece.offset);
  const int64_t micros = absl::ToUnixMicros(piece.time);
  response.mutable_time()->set_seconds(micros / 1'000'000);
  response.mutable_time()->set_nanos(static_cast<int32_t>(micros % 1'000'000) * 1000);
  return response;
}

// What the status kept of the log.
void SendTail(const v1::ActionStatus& status, const std::string& step,
              const std::function<bool(const v1::ReadLogResponse&)>& send) {
  const int tails = std::min(status.step_logs_size(), status.steps_completed_size());
  for (int i = 0; i < tails; ++i) {
    if (!step.empty() && status.steps_completed(i) != step) continue;
    if (status.step_logs(i).empty()) continue;
    v1::ReadLogResponse response;
    response.set_step(status.steps_completed(i));
    response.set_data(status.step_logs(i));
    // Where a tail begins in the whole is not known any more.
    response.set_offset(-1);
    if (!send(response)) return;
  }
}

bool HasStep(const v1::ActionStatus& status, const std::string& step) {
  return std::any_of(status.step_states().begin(), status.step_states().end(),
                     [&](const v1::StepState& state) { return state.name() == step; });
}

}  // namespace

absl::Status ReadActionLog(Store<v1::Action>& actions, LogStore& logs, const LogQuery& query,
                           const std::function<bool()>& gone,
                           const std::function<bool(const v1::ReadLogResponse&)>& send) {
  absl::StatusOr<v1::Action> action = actions.Get(query.key.ns, query.key.name);
  if (!action.ok()) return action.status();
  const std::string uid = action->metadata().uid();
  if (!query.step.empty() && IsTerminal(*action) && !HasStep(action->status(), query.step)) {
    return MakeStatus(absl::StatusCode::kNotFound, "STEP_NOT_FOUND",
                      absl::StrCat("the Action ", query.key.name, " ran no container named ",
                                   query.step.substr(0, 64)),
                      "step");
  }
  const auto finished = [&] {
    if (gone()) return true;
    const absl::StatusOr<v1::Action> now = actions.Get(query.key.ns, query.key.name);
    if (!now.ok()) return absl::IsNotFound(now.status());
    if (now->metadata().uid() != uid) return true;
    action = now;
    return IsTerminal(*now);
  };
  bool sent = false;
  absl::Status status = logs.Read(query.key.ns, query.key.name, uid, query.step, query.follow,
                                  finished, [&](const LogPiece& piece) {
                                    sent = true;
                                    return !gone() && send(Piece(piece));
                                  });
  if (!status.ok()) return status;
  if (!sent && !gone() && IsTerminal(*action)) SendTail(action->status(), query.step, send);
  return absl::OkStatus();
}

}  // namespace eventreactor
