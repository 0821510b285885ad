#include "libs/adapter/action_reconciler.h"

#include <glog/logging.h>

#include <optional>
#include <utility>

#include "libs/status/status.h"

namespace eventreactor {

ActionReconciler::ActionReconciler(const Ports& ports, Options options)
    : executor_(ports.executor), steps_(ports, std::move(options)) {}

ActionReconciler::~ActionReconciler() { Stop(); }

absl::Status ActionReconciler::Start() {
  // First, so that no Event is recorded unseen after an Action was looked at.
  const absl::StatusOr<std::string> events = steps_.EventsVersion();
  if (!events.ok()) return events.status();
  // What runs already has its slot before anything new begins; where that does
  // not matter, nobody waits for the end of a long list.
  const bool at_once = !steps_.scarce();
  const absl::StatusOr<std::string> actions = steps_.List([&](const std::string& version) {
    if (at_once) BeginAt(version, *events);
  });
  if (!actions.ok()) return actions.status();
  BeginAt(*actions, *events);
  threads_.emplace_back([this] { Sweep(); });
  return absl::OkStatus();
}

void ActionReconciler::BeginAt(const std::string& actions, const std::string& events) {
  if (!threads_.empty()) return;
  threads_.emplace_back([this, actions] { Follow(&ActionSteps::FollowActions, actions); });
  threads_.emplace_back([this, events] { Follow(&ActionSteps::FollowEvents, events); });
  for (int i = 0; i < steps_.options().workers; ++i) threads_.emplace_back([this] { Work(); });
}

void ActionReconciler::Follow(Following following, std::string version) {
  while (!steps_.stopping()) {
    if (!(steps_.*following)(version).ok() && !SleepUnlessStopped(steps_.options().retry_first)) {
      return;
    }
  }
}

void ActionReconciler::Work() {
  while (const std::optional<RunKey> key = steps_.queue().Take()) steps_.Look(*key);
}

// The engine may be away for long, and nothing else waits for this.
void ActionReconciler::Sweep() {
  for (int failures = 1; !steps_.stopping(); ++failures) {
    const absl::Status status = steps_.Sweep();
    if (status.ok()) return;
    LOG_IF(WARNING, failures == 3)
        << "cannot see what is left of earlier runs: " << Message(status);
    if (!SleepUnlessStopped(steps_.Backoff(failures))) return;
  }
}

void ActionReconciler::Stop() {
  {
    const std::lock_guard lock(mutex_);
    steps_.Stop();
  }
  stopped_.notify_all();
  for (std::thread& thread : threads_) thread.join();
  threads_.clear();
  executor_.SetListener([](const RunKey&) {});
  steps_.AwaitAnswers();
}

bool ActionReconciler::SleepUnlessStopped(absl::Duration duration) {
  std::unique_lock lock(mutex_);
  return !stopped_.wait_for(lock, absl::ToChronoNanoseconds(duration),
                            [&] { return steps_.stopping(); });
}

}  // namespace eventreactor
