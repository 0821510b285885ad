// A run of an Action's containers as an executor reports it, and the action
// state machine: what to do next, decided from facts alone. Pure.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "eventreactor/v1/action.pb.h"

namespace eventreactor {

// Why a run is being stopped.
enum class StopReason { kNone, kCancelled, kTimeout, kDeleted };

// How a run ended.
struct RunResult {
  v1::Completion completion = v1::COMPLETION_UNSPECIFIED;
  // CamelCase, for the Succeeded condition.
  std::string reason;
  std::string message;
};

// What an executor knows of one run.
struct Observation {
  // When the first container started; infinite past if none has.
  absl::Time started_at = absl::InfinitePast();
  // One per container in order.
  std::vector<v1::StepState> steps;
  // The log tails of the ended containers, in order.
  std::vector<std::string> tails;
  // CamelCase and words, while something is being waited for (PullingImage).
  std::string waiting_reason;
  std::string waiting_message;
  // While nothing of it runs, and nothing is tried before then: the executor
  // goes on when it is told to start once more. Infinite past: it does not rest.
  absl::Time rests_until = absl::InfinitePast();
  // Set when the run has ended and its logs are stored.
  std::optional<RunResult> result;
  // What steps belong to: a Pod's name, or the containers' prefix.
  std::string place;
};

struct Facts {
  v1::Action action;
  // Whether the Event is recorded.
  bool event_recorded = false;
  // What the executor knows; nothing if it knows of no such run.
  std::optional<Observation> observation;
  // Whether all that the run left was removed. An executor that knows of no
  // run may have begun one all the same: its answer may have been lost.
  bool removed = false;
  // Whether another run may begin now, or one that rests go on; one that has
  // begun needs none.
  bool slot_free = false;
  // Why the last attempt to start the run failed; OK if there was none, or if
  // it is time to try again.
  absl::Status start_error;
  // Since when it is not started for a reason that does not pass by itself
  // (see IsTransient); infinite future: it is not.
  absl::Time refused_since = absl::InfiniteFuture();
  // When the finished Action was last put on the bus; infinite past: not yet.
  absl::Time published_at = absl::InfinitePast();
  // Never set back or forth, so it may differ from what clocks show: for how
  // long and until when. All times of these facts are by it but `time_of_day`
  // and what is written in the Action and the observation.
  absl::Time now;
  // What clocks show: for what is written down.
  absl::Time time_of_day;
  // Since when this process knows of the Action.
  absl::Time known_since;
  // When the run began, if it has: as this process first saw it (BegunAt).
  absl::Time begun;
  // How long an Action waits for its Event before it fails, from `known_since`:
  // while nobody ran, nobody could have recorded the Event.
  absl::Duration event_wait = absl::Hours(1);
  // How long it is tried to start, or to take up, what is refused, before it
  // fails.
  absl::Duration start_wait = absl::Hours(1);
  // A finished Action that nobody dispatched is published again after this.
  absl::Duration publish_again = absl::Minutes(5);
  // Bytes of log that status.step_logs may hold in all.
  size_t tail_bytes = size_t{16} << 10;
};

struct Plan {
  // Status to write, if it differs from the stored one.
  std::optional<v1::ActionStatus> status;
  // Begin the run, or take up what is left of it, before the status is
  // written: the status says that it began.
  bool start = false;
  // End the run's containers; the stored status says so already.
  StopReason stop = StopReason::kNone;
  // Publish the finished Action (until dispatch_time is set).
  bool publish = false;
  // Remove what the run left: only after the terminal status is stored.
  bool remove = false;
  // Look again at this time at the latest; infinite: on a change only.
  absl::Time look_again = absl::InfiniteFuture();
};

Plan Decide(const Facts& facts);

// Whether it was begun, by this process or by one before it.
bool HasBegun(const Facts& facts);
// Whether the plan is no more than to say what an Action waits for that has not
// begun: that can be told when there is time for it.
bool OnlyWaits(const Facts& facts, const Plan& plan);
// Whether a run needs no slot now: it rests.
bool RunRests(const Facts& facts);

// When a run that has begun did so, by `now`, from what is written of it.
// What was written with a clock that is ahead of ours began now.
absl::Time BegunAt(const Facts& facts);

// True if the status says how the Action ended.
bool IsTerminal(const v1::Action& action);

// The Action's timeout: default 10 minutes, at most 24 hours. Go duration
// syntax; INVALID_ARGUMENT with field spec.timeout otherwise.
absl::StatusOr<absl::Duration> ActionTimeout(const v1::BuildSpec& build);

// completion by the exit codes of the containers that ended: success if all
// are 0, neutral if the last one is 78, else failure.
// Without any that ended it is unknown.
RunResult ResultOfSteps(const std::vector<v1::StepState>& steps);

// Value of Action.spec.status that asks for the end of the run.
inline constexpr char kBuildCancelled[] = "BuildCancelled";
// The condition that says how a run goes, and reasons of ours that programs
// compare with.
inline constexpr char kSucceeded[] = "Succeeded";
inline constexpr char kReasonPending[] = "Pending";
inline constexpr char kReasonBuilding[] = "Building";
inline constexpr char kReasonValidationFailed[] = "BuildValidationFailed";
inline constexpr char kReasonExecuteFailed[] = "BuildExecuteFailed";
inline constexpr char kReasonTimeout[] = "BuildTimeout";
inline constexpr char kReasonEventMissing[] = "EventMissing";
inline constexpr char kReasonRunLost[] = "RunLost";

// The status that an Action is created with, so that its waiting for the
// Event needs no second write.
v1::ActionStatus InitialStatus(absl::Time now);

}  // namespace eventreactor
