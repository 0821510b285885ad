// Facts of an Action at the moments of its life, for tests of what to do then.
#pragma once

#include <string>

#include "libs/domain/run.h"

namespace eventreactor {

inline const absl::Time kCreated = absl::FromUnixSeconds(1'000'000);
inline const absl::Time kNow = kCreated + absl::Seconds(5);

inline google::protobuf::Timestamp At(absl::Time time) {
  google::protobuf::Timestamp proto;
  const int64_t millis = absl::ToUnixMillis(time);
  proto.set_seconds(millis / 1000);
  proto.set_nanos(static_cast<int32_t>(millis % 1000) * 1'000'000);
  return proto;
}

inline v1::StepState Ended(const std::string& name, int code, absl::Time at = kNow) {
  v1::StepState step;
  step.set_name(name);
  step.mutable_terminated()->set_exit_code(code);
  *step.mutable_terminated()->mutable_finished_at() = At(at);
  return step;
}

inline v1::StepState Running(const std::string& name) {
  v1::StepState step;
  step.set_name(name);
  step.mutable_running();
  return step;
}

inline bool IsEnd(const Plan& plan) {
  return plan.status && plan.status->completion() != v1::COMPLETION_UNSPECIFIED;
}

// An Action as it was created, waiting for its Event.
inline Facts Created() {
  Facts facts;
  facts.now = facts.time_of_day = kNow;
  facts.known_since = kCreated;
  facts.action.mutable_metadata()->set_name("a");
  facts.action.mutable_metadata()->set_namespace_("ns");
  facts.action.mutable_metadata()->set_generation(1);
  *facts.action.mutable_metadata()->mutable_creation_timestamp() = At(kCreated);
  facts.action.mutable_spec()->mutable_event()->set_name("e");
  *facts.action.mutable_status() = InitialStatus(kCreated);
  return facts;
}

// With everything there that a start needs.
inline Facts Startable() {
  Facts facts = Created();
  facts.event_recorded = true;
  facts.slot_free = true;
  return facts;
}

// Begun at kCreated, its first step running.
inline Facts Begun() {
  Facts facts = Startable();
  *facts.action.mutable_status()->mutable_start_time() = At(kCreated);
  facts.observation.emplace();
  facts.begun = kCreated;
  facts.observation->started_at = kCreated;
  facts.observation->steps = {Running("build-step-one")};
  facts.observation->place = "er-a";
  return facts;
}

// As Begun, its end stored.
inline Facts Finished() {
  Facts facts = Begun();
  facts.observation->steps = {Ended("build-step-one", 0)};
  facts.observation->tails = {"hello\n"};
  facts.observation->result = RunResult{v1::COMPLETION_SUCCESS, "Completed", "all well"};
  const Plan plan = Decide(facts);
  *facts.action.mutable_status() = *plan.status;
  return facts;
}

inline const v1::Condition& Succeeded(const Plan& plan) { return plan.status->conditions(0); }

}  // namespace eventreactor
