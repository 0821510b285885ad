#include "libs/domain/run.h"

#include <google/protobuf/util/message_differencer.h>

#include <algorithm>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/time/time.h"
#include "libs/domain/duration.h"
#include "libs/domain/log_tails.h"
#include "libs/status/status.h"

namespace eventreactor {
namespace {

constexpr absl::Duration kDefaultTimeout = absl::Minutes(10);
constexpr absl::Duration kMaxTimeout = absl::Hours(24);
// How soon a run that is being stopped is told again.
constexpr absl::Duration kStopAgain = absl::Seconds(10);

google::protobuf::Timestamp ToProto(absl::Time time) {
  google::protobuf::Timestamp proto;
  const int64_t seconds = absl::ToUnixSeconds(time);
  proto.set_seconds(seconds);
  proto.set_nanos(
      static_cast<int32_t>(absl::ToInt64Nanoseconds(time - absl::FromUnixSeconds(seconds))));
  return proto;
}

absl::Time FromProto(const google::protobuf::Timestamp& proto) {
  return absl::FromUnixSeconds(proto.seconds()) + absl::Nanoseconds(proto.nanos());
}

bool Cancelled(const v1::Action& action) { return action.spec().status() == kBuildCancelled; }

// Sets the Succeeded condition; its time moves only with its status.
void SetSucceeded(v1::ActionStatus& status, const std::string& value, const std::string& reason,
                  const std::string& message, int64_t generation, absl::Time now) {
  v1::Condition* condition = nullptr;
  for (v1::Condition& each : *status.mutable_conditions()) {
    if (each.type() == kSucceeded) condition = &each;
  }
  if (condition == nullptr) {
    condition = status.add_conditions();
    condition->set_type(kSucceeded);
  }
  if (condition->status() != value) {
    condition->set_status(value);
    *condition->mutable_last_transition_time() = ToProto(now);
  }
  condition->set_reason(reason);
  condition->set_message(message);
  condition->set_observed_generation(generation);
  status.set_observed_generation(generation);
}

// Takes over what the executor saw of the containers.
void SetSteps(const Facts& facts, v1::ActionStatus& status) {
  if (!facts.observation) return;
  const Observation& seen = *facts.observation;
  status.clear_step_states();
  status.clear_steps_completed();
  status.clear_step_logs();
  for (const v1::StepState& step : seen.steps) {
    *status.add_step_states() = step;
    if (step.has_terminated()) status.add_steps_completed(step.name());
  }
  for (std::string& tail : FitTails(seen.tails, facts.tail_bytes)) {
    status.add_step_logs(std::move(tail));
  }
  if (!seen.place.empty()) {
    status.mutable_cluster()->set_namespace_(facts.action.metadata().namespace_());
    status.mutable_cluster()->set_pod_name(seen.place);
  }
}

// The plan's status, unless it says what is stored already.
void Write(const Facts& facts, v1::ActionStatus status, Plan& plan) {
  if (!google::protobuf::util::MessageDifferencer::Equals(status, facts.action.status())) {
    plan.status = std::move(status);
  }
}

// When the last container ended if all did, now otherwise.
absl::Time EndOfRun(const Facts& facts) {
  absl::Time end = absl::InfinitePast();
  if (facts.observation) {
    for (const v1::StepState& step : facts.observation->steps) {
      if (!step.has_terminated() || !step.terminated().has_finished_at()) return facts.time_of_day;
      end = std::max(end, FromProto(step.terminated().finished_at()));
    }
  }
  if (end == absl::InfinitePast()) return facts.time_of_day;
  if (facts.action.status().has_start_time()) {
    end = std::max(end, FromProto(facts.action.status().start_time()));
  }
  return std::min(end, facts.time_of_day);
}

absl::Time StartOfRun(const Facts& facts) {
  if (facts.action.status().has_start_time()) return FromProto(facts.action.status().start_time());
  // Begun by a process that did not live to write it down.
  if (facts.observation && facts.observation->started_at != absl::InfinitePast()) {
    return std::min(facts.observation->started_at, facts.time_of_day);
  }
  return facts.time_of_day;
}

// Whole seconds are enough for what took a minute.
void SetDuration(v1::ActionStatus& status) {
  if (!status.has_start_time()) return;
  const absl::Duration took = std::max(
      FromProto(status.completion_time()) - FromProto(status.start_time()), absl::ZeroDuration());
  const absl::Duration unit = took < absl::Minutes(1) ? absl::Milliseconds(1) : absl::Seconds(1);
  status.set_duration(absl::FormatDuration(absl::Trunc(took, unit)));
}

Plan Finish(const Facts& facts, const RunResult& result) {
  Plan plan;
  v1::ActionStatus status = facts.action.status();
  SetSteps(facts, status);
  if (facts.observation && !status.has_start_time()) {
    *status.mutable_start_time() = ToProto(StartOfRun(facts));
  }
  const bool known = result.completion != v1::COMPLETION_UNSPECIFIED;
  status.set_completion(known ? result.completion : v1::COMPLETION_UNKNOWN);
  SetSucceeded(status, status.completion() == v1::COMPLETION_SUCCESS ? "True" : "False",
               result.reason, result.message, facts.action.metadata().generation(),
               facts.time_of_day);
  *status.mutable_completion_time() = ToProto(EndOfRun(facts));
  SetDuration(status);
  plan.status = std::move(status);
  return plan;
}

Plan AfterTheEnd(const Facts& facts) {
  Plan plan;
  plan.remove = !facts.removed;
  if (facts.action.status().has_dispatch_time()) return plan;
  plan.publish = facts.now - facts.published_at >= facts.publish_again;
  plan.look_again = (plan.publish ? facts.now : facts.published_at) + facts.publish_again;
  return plan;
}

Plan Wait(const Facts& facts, const std::string& reason, const std::string& message) {
  Plan plan;
  v1::ActionStatus status = facts.action.status();
  SetSucceeded(status, "Unknown", reason, message, facts.action.metadata().generation(),
               facts.time_of_day);
  Write(facts, std::move(status), plan);
  return plan;
}

std::string WaitsForEvent() { return "waits for its Event to be recorded"; }

// Says that the run goes on, and until when it may.
void Building(const Facts& facts, const std::string& reason, const std::string& message,
              Plan& plan) {
  v1::ActionStatus status = facts.action.status();
  SetSteps(facts, status);
  if (!status.has_start_time()) *status.mutable_start_time() = ToProto(StartOfRun(facts));
  SetSucceeded(status, "Unknown", reason, message, facts.action.metadata().generation(),
               facts.time_of_day);
  Write(facts, std::move(status), plan);
}

Plan BeforeTheRun(const Facts& facts) {
  if (Cancelled(facts.action)) {
    return Finish(facts, {v1::COMPLETION_FAILURE, kBuildCancelled, "cancelled before it started"});
  }
  if (!facts.event_recorded) {
    const absl::Time give_up = facts.known_since + facts.event_wait;
    if (facts.now >= give_up) {
      return Finish(facts, {v1::COMPLETION_FAILURE, kReasonEventMissing,
                            absl::StrCat("the Event ", facts.action.spec().event().name(),
                                         " was not recorded within ",
                                         absl::FormatDuration(facts.event_wait))});
    }
    Plan plan = Wait(facts, kReasonPending, WaitsForEvent());
    plan.look_again = give_up;
    return plan;
  }
  if (!facts.slot_free) return Wait(facts, kReasonPending, "waits for a free slot");
  if (!facts.start_error.ok()) {
    if (facts.now - facts.refused_since >= facts.start_wait) {
      return Finish(facts, {v1::COMPLETION_FAILURE, kReasonExecuteFailed,
                            absl::StrCat("could not be started within ",
                                         absl::FormatDuration(facts.start_wait), ": ",
                                         Message(facts.start_error))});
    }
    const std::string reason = Reason(facts.start_error);
    return Wait(facts, kReasonPending,
                absl::StrCat("cannot start yet: ", Message(facts.start_error),
                             reason.empty() ? "" : absl::StrCat(" (", reason, ")")));
  }
  Plan plan;
  plan.start = true;
  Building(facts, kReasonBuilding, "starts", plan);
  return plan;
}

std::string WhatRuns(const Observation& seen) {
  for (const v1::StepState& step : seen.steps) {
    if (step.has_running()) return absl::StrCat(step.name(), " is running");
  }
  return "between two steps";
}

// Why the stored status says that the run is being ended; empty: it is not.
std::string AnnouncedEnd(const v1::Action& action) {
  for (const v1::Condition& condition : action.status().conditions()) {
    const bool says = condition.reason() == kBuildCancelled || condition.reason() == kReasonTimeout;
    if (condition.type() == kSucceeded && says) return condition.reason();
  }
  return "";
}

// A run that was told to end ended for that, whatever its containers made of
// the signal: the process that told them may not have lived to see it.
RunResult ResultOfRun(const RunResult& seen, const std::string& announced) {
  const bool says_so = seen.reason == kBuildCancelled || seen.reason == kReasonTimeout;
  if (announced.empty() || says_so) return seen;
  return {v1::COMPLETION_FAILURE, announced,
          absl::StrCat(announced == kReasonTimeout ? "timed out" : "cancelled",
                       "; when it had ended: ", seen.message)};
}

// The end of a run that an earlier process began and that this one is refused:
// nobody is there to see how it ends. `end` is what it was told to end for.
std::optional<RunResult> NeverTakenUp(const Facts& facts, const std::string& end, bool stored) {
  if (facts.observation || facts.start_error.ok() || facts.refused_since > facts.now) {
    return std::nullopt;
  }
  const std::string why = Message(facts.start_error);
  if (!end.empty()) {
    if (!stored) return std::nullopt;
    return RunResult{v1::COMPLETION_FAILURE, end,
                     absl::StrCat(end == kReasonTimeout ? "timed out" : "cancelled",
                                  "; it could not be taken up: ", why)};
  }
  if (facts.now - facts.refused_since < facts.start_wait) return std::nullopt;
  return RunResult{v1::COMPLETION_UNKNOWN, kReasonRunLost,
                   absl::StrCat("could not be taken up within ",
                                absl::FormatDuration(facts.start_wait), ": ", why)};
}

Plan DuringTheRun(const Facts& facts, absl::Duration timeout) {
  const std::string announced = AnnouncedEnd(facts.action);
  if (facts.observation && facts.observation->result) {
    return Finish(facts, ResultOfRun(*facts.observation->result, announced));
  }
  Plan plan;
  const absl::Time deadline = facts.begun + timeout;
  plan.look_again = deadline;
  std::string end = announced;
  if (end.empty() && Cancelled(facts.action)) end = kBuildCancelled;
  if (end.empty() && facts.now >= deadline) end = kReasonTimeout;
  const bool stored = end == announced;
  if (const std::optional<RunResult> lost = NeverTakenUp(facts, end, stored)) {
    return Finish(facts, *lost);
  }
  // A run that nobody here knows was begun by a process before this one.
  plan.start = stored && !facts.observation && facts.start_error.ok();
  if (end.empty() && RunRests(facts)) {
    const bool rested = facts.now >= facts.observation->rests_until;
    plan.start = rested && facts.slot_free && facts.start_error.ok();
    if (!rested) plan.look_again = std::min(plan.look_again, facts.observation->rests_until);
  }
  if (!end.empty()) {
    // The containers are told only once it is stored why.
    if (stored) plan.stop = end == kReasonTimeout ? StopReason::kTimeout : StopReason::kCancelled;
    plan.look_again = stored ? facts.now + kStopAgain : facts.now;
    Building(facts, end,
             end == kReasonTimeout ? absl::StrCat("timed out after ", absl::FormatDuration(timeout),
                                                  "; its containers are being stopped")
                                   : "cancelled; its containers are being stopped",
             plan);
  } else if (!facts.start_error.ok()) {
    Building(facts, kReasonBuilding,
             absl::StrCat("cannot be taken up yet: ", Message(facts.start_error)), plan);
  } else if (!facts.observation) {
    Building(facts, kReasonBuilding, "is being taken up", plan);
  } else if (!facts.observation->waiting_reason.empty()) {
    Building(facts, facts.observation->waiting_reason, facts.observation->waiting_message, plan);
  } else {
    Building(facts, kReasonBuilding, WhatRuns(*facts.observation), plan);
  }
  return plan;
}

}  // namespace

Plan Decide(const Facts& facts) {
  if (IsTerminal(facts.action)) return AfterTheEnd(facts);
  const absl::StatusOr<absl::Duration> timeout = ActionTimeout(facts.action.spec().build());
  if (!timeout.ok()) {
    return Finish(facts,
                  {v1::COMPLETION_FAILURE, kReasonValidationFailed, Message(timeout.status())});
  }
  return HasBegun(facts) ? DuringTheRun(facts, *timeout) : BeforeTheRun(facts);
}

bool HasBegun(const Facts& facts) {
  return facts.action.status().has_start_time() || facts.observation.has_value();
}

bool OnlyWaits(const Facts& facts, const Plan& plan) {
  return plan.status && !HasBegun(facts) && plan.status->completion() == v1::COMPLETION_UNSPECIFIED;
}

bool RunRests(const Facts& facts) {
  return facts.observation && facts.observation->rests_until != absl::InfinitePast();
}

absl::Time BegunAt(const Facts& facts) {
  return facts.now - std::max(facts.time_of_day - StartOfRun(facts), absl::ZeroDuration());
}

bool IsTerminal(const v1::Action& action) {
  return action.status().completion() != v1::COMPLETION_UNSPECIFIED;
}

absl::StatusOr<absl::Duration> ActionTimeout(const v1::BuildSpec& build) {
  if (build.timeout().empty()) return kDefaultTimeout;
  absl::StatusOr<absl::Duration> timeout = ParseGoDuration(build.timeout());
  if (!timeout.ok()) return InvalidField("spec.timeout", Message(timeout.status()));
  if (*timeout <= absl::ZeroDuration() || *timeout > kMaxTimeout) {
    return InvalidField("spec.timeout", absl::StrCat("\"", build.timeout(),
                                                     "\" must be more than 0 and at most 24h"));
  }
  return timeout;
}

RunResult ResultOfSteps(const std::vector<v1::StepState>& steps) {
  const v1::StepState* last = nullptr;
  const v1::StepState* failed = nullptr;
  for (const v1::StepState& step : steps) {
    if (!step.has_terminated()) continue;
    last = &step;
    if (step.terminated().exit_code() != 0) failed = &step;
  }
  if (last == nullptr) {
    return {v1::COMPLETION_UNKNOWN, kReasonRunLost, "no container left an exit code"};
  }
  if (failed == nullptr) return {v1::COMPLETION_SUCCESS, "Completed", "all steps exited with 0"};
  const v1::StepTerminated& end = failed->terminated();
  std::string message = absl::StrCat(failed->name(), " exited with ", end.exit_code());
  if (!end.reason().empty() && end.reason() != "Error" && end.reason() != "Completed") {
    absl::StrAppend(&message, " (", end.reason(), ")");
  }
  if (!end.message().empty()) absl::StrAppend(&message, ": ", end.message());
  const bool neutral = last->terminated().exit_code() == 78;
  return {neutral ? v1::COMPLETION_NEUTRAL : v1::COMPLETION_FAILURE, kReasonExecuteFailed,
          std::move(message)};
}

v1::ActionStatus InitialStatus(absl::Time now) {
  v1::ActionStatus status;
  SetSucceeded(status, "Unknown", kReasonPending, WaitsForEvent(), 1, now);
  return status;
}

}  // namespace eventreactor
