#include "services/local-adapter/container_board.h"

#include <algorithm>
#include <utility>

#include "absl/time/time.h"

namespace eventreactor::local {
namespace {

void SetTime(absl::Time time, google::protobuf::Timestamp* proto) {
  const int64_t seconds = absl::ToUnixSeconds(time);
  proto->set_seconds(seconds);
  proto->set_nanos(
      static_cast<int32_t>(absl::ToInt64Nanoseconds(time - absl::FromUnixSeconds(seconds))));
}

}  // namespace

RunBoard::RunBoard(std::string place, const std::vector<std::string>& steps,
                   std::function<void()> changed)
    : changed_(std::move(changed)) {
  observation_.place = std::move(place);
  for (const std::string& step : steps) {
    v1::StepState state;
    state.set_name(step);
    state.mutable_waiting()->set_reason("Pending");
    observation_.steps.push_back(std::move(state));
  }
}

Observation RunBoard::Read() const {
  const std::lock_guard lock(mutex_);
  return observation_;
}

void RunBoard::Change(const std::function<void(Observation&)>& change) {
  {
    const std::lock_guard lock(mutex_);
    change(observation_);
  }
  changed_();
}

void RunBoard::Waits(const std::string& reason, const std::string& message) {
  {
    // Said again and again while it waits: news only if it differs.
    const std::lock_guard lock(mutex_);
    if (observation_.waiting_reason == reason && observation_.waiting_message == message) return;
  }
  Change([&](Observation& observation) {
    observation.waiting_reason = reason;
    observation.waiting_message = message;
  });
}

void RunBoard::Rests(absl::Time until) {
  Change([&](Observation& observation) { observation.rests_until = until; });
}

void RunBoard::StepStarted(size_t step, const ContainerState& state) {
  Change([&](Observation& observation) {
    if (state.started_at != absl::InfinitePast()) {
      SetTime(state.started_at, observation.steps[step].mutable_running()->mutable_started_at());
      if (observation.started_at == absl::InfinitePast()) {
        observation.started_at = state.started_at;
      }
    }
    observation.steps[step].clear_waiting();
    observation.steps[step].mutable_running();
    observation.waiting_reason.clear();
    observation.waiting_message.clear();
  });
}

void RunBoard::StepEnded(size_t step, const ContainerState& state, const std::string& reason,
                         const std::string& message, const std::string& tail) {
  Change([&](Observation& observation) {
    v1::StepState& shown = observation.steps[step];
    shown.clear_waiting();
    shown.clear_running();
    v1::StepTerminated& end = *shown.mutable_terminated();
    end.set_exit_code(state.exit_code);
    end.set_reason(reason);
    end.set_message(message);
    end.set_container_id(state.id);
    if (state.started_at != absl::InfinitePast()) {
      // Engines write the start down a moment after it: a short step may have
      // ended by then.
      const bool ended = state.finished_at != absl::InfinitePast();
      SetTime(ended ? std::min(state.started_at, state.finished_at) : state.started_at,
              end.mutable_started_at());
    }
    if (state.finished_at != absl::InfinitePast()) {
      SetTime(state.finished_at, end.mutable_finished_at());
    }
    observation.tails.push_back(tail);
  });
}

void RunBoard::Ended(const RunResult& result) {
  Change([&](Observation& observation) {
    observation.waiting_reason.clear();
    observation.waiting_message.clear();
    observation.result = result;
  });
}

}  // namespace eventreactor::local
