#include "tests/simulation/calls.h"

namespace eventreactor::simulation {
namespace {

absl::Status Lost(const char* what) {
  return MakeStatus(absl::StatusCode::kUnavailable, "LOST", what);
}

}  // namespace

Weather Weather::Of(Schedule& schedule) {
  const double harsh = schedule.Chance(0.1) ? 4 : 1;
  const auto some = [&](double most) {
    return schedule.Chance(0.4) ? 0
                                : harsh * most * static_cast<double>(schedule.Below(1000)) / 1000;
  };
  return {.lost_call = some(0.06),
          .lost_answer = some(0.06),
          .death = some(0.015),
          .long_wait = some(0.01)};
}

void Calls::MaybeDie() {
  const ProcessPtr process = schedule_.acting();
  if (!process->mortal || !Chance(weather_.death)) return;
  schedule_.Kill(process);
  throw Killed();
}

absl::Status Calls::Before(const std::string& what, const std::string& object) {
  schedule_.Yield();
  if (Chance(weather_.long_wait)) schedule_.Sleep(schedule_.Within(absl::Seconds(100)));
  MaybeDie();
  if (!Chance(weather_.lost_call)) return absl::OkStatus();
  schedule_.Note(what, object, "is lost");
  return Lost("the call is lost");
}

absl::Status Calls::After(const std::string& what, const std::string& object,
                          const absl::Status& answer) {
  schedule_.Note(what, object,
                 answer.ok()              ? "OK"
                 : Reason(answer).empty() ? absl::StatusCodeToString(answer.code())
                                          : Reason(answer));
  MaybeDie();
  schedule_.Yield();
  if (!Chance(weather_.lost_answer)) return absl::OkStatus();
  schedule_.Note(what, object, "its answer is lost");
  return Lost("the answer is lost");
}

}  // namespace eventreactor::simulation
