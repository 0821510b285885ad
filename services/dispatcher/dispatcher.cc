#include "services/dispatcher/dispatcher.h"

#include <glog/logging.h>

#include <map>
#include <optional>
#include <utility>

#include "absl/strings/str_cat.h"
#include "libs/status/status.h"
#include "services/dispatcher/backoff.h"

namespace eventreactor::dispatcher {

Tasks Dispatcher::Begin(Batch batch) {
  Tasks tasks;
  tasks.reserve(batch.size());
  for (auto& delivery : batch) {
    tasks.push_back(std::make_unique<Task>(std::move(delivery), parts_.loans));
  }
  // 0. What may have crashed a dispatcher before does not get to crash this one.
  Suspect(tasks);
  // 1. Messages to causes.
  for (auto& task : tasks) Read(*task);
  // 2. At once: what the snapshot says.
  const std::shared_ptr<const View> current = parts_.cache.Current();
  std::vector<Task*> due;
  for (auto& task : tasks) {
    if (task->ended() || task->on_request()) continue;
    task->seen = current;
    due.push_back(task.get());
  }
  Create(due, *current);
  return tasks;
}

Tasks Dispatcher::Finish(Tasks tasks, const std::function<bool()>& go_on) {
  // 3. Every Pipeline that was applied before the messages were accepted.
  Await(tasks);
  // 4. What the snapshot lacked; then it is said that this was all.
  Tasks rest;
  for (auto& task : tasks) {
    if (task->ended()) continue;
    if (!rest.empty() || !go_on()) {
      task->fresh.reset();
      rest.push_back(std::move(task));
      continue;
    }
    if (!task->up_to_date()) Create({task.get()}, *task->fresh);
    Conclude(*task);
  }
  return rest;
}

void Dispatcher::Suspect(Tasks& tasks) {
  std::vector<Task*> suspects;
  std::vector<const bus::Message*> messages;
  for (auto& task : tasks) {
    if (task->delivery->attempt() <= kTrustedAttempts) continue;
    suspects.push_back(task.get());
    messages.push_back(&task->delivery->message());
  }
  if (suspects.empty()) return;
  const std::shared_ptr<const View> view = parts_.cache.Current();
  // All together first: as a rule an outage made them suspect, not a crash.
  if (parts_.prober.Try(messages, *view) == Verdict::kHarmless) return;
  for (Task* task : suspects) {
    switch (parts_.prober.Try({&task->delivery->message()}, *view)) {
      case Verdict::kHarmless:
        break;
      case Verdict::kCrashes:
        Bury(*task, "CRASHED_DISPATCHER", "a dispatcher crashes while it reads or matches this");
        break;
      case Verdict::kUnknown:
        GiveBack(*task, absl::UnavailableError("could not try it in a process of its own"));
        break;
    }
  }
}

void Dispatcher::Read(Task& task) {
  if (task.ended()) return;
  auto cause = kind_.read(task.delivery->message());
  if (!cause.ok()) {
    const std::string reason = Reason(cause.status());
    Bury(task, reason.empty() ? "UNREADABLE_MESSAGE" : reason, Message(cause.status()));
    return;
  }
  task.dispatch = std::make_unique<Dispatch>(*std::move(cause));
}

void Dispatcher::Create(const std::vector<Task*>& tasks, const View& view) {
  Creations creations(parts_.adapter);
  for (Task* task : tasks) {
    if (parts_.gate.open()) {
      task->dispatch->MatchAndCreate(view, creations);
    } else {
      GiveBack(*task, absl::UnavailableError("the adapter does not answer"));
    }
  }
  creations.Flush();
  for (Task* task : tasks) {
    if (task->ended()) continue;
    if (const absl::Status& error = task->dispatch->error(); !error.ok()) {
      Fail(*task, error);
    } else if (task->dispatch->already_dispatched()) {
      // All of it was stored before.
      Acknowledge(*task);
    }
  }
}

void Dispatcher::Await(Tasks& tasks) {
  std::map<std::string, absl::StatusOr<std::shared_ptr<const View>>> answers;
  for (auto& task : tasks) {
    if (task->ended()) continue;
    const std::string& ns = task->dispatch->cause().ns();
    auto answer = answers.find(ns);
    if (answer == answers.end()) answer = answers.emplace(ns, parts_.barrier.Await(ns)).first;
    if (!answer->second.ok()) {
      Fail(*task, answer->second.status());
    } else {
      task->fresh = *answer->second;
    }
  }
}

void Dispatcher::Conclude(Task& task) {
  if (task.ended()) return;
  if (!parts_.gate.open()) {
    return GiveBack(task, absl::UnavailableError("the adapter does not answer"));
  }
  // Before the cause is concluded: after it, a redelivery would not get here.
  if (absl::Status status = BuryRefusals(task); !status.ok()) return GiveBack(task, status);
  const absl::Status status =
      task.dispatch->cause().Conclude(parts_.adapter, task.dispatch->Decisions(), parts_.now());
  if (!status.ok()) return Fail(task, status);
  Acknowledge(task);
}

absl::Status Dispatcher::BuryRefusals(Task& task) {
  const std::vector<Dispatch::Refusal>& refusals = task.dispatch->refusals();
  if (refusals.empty()) return absl::OkStatus();
  std::string words;
  std::vector<std::string> pipelines;
  pipelines.reserve(refusals.size());
  for (const Dispatch::Refusal& refusal : refusals) {
    absl::StrAppend(&words, words.empty() ? "" : "; ", refusal.pipeline, ": ",
                    Message(refusal.status));
    pipelines.push_back(refusal.pipeline);
  }
  const std::string reason = Reason(refusals.front().status);
  absl::Status status = parts_.dead_letters.Bury(
      *task.delivery, reason.empty() ? "ACTION_REFUSED" : reason, words, pipelines);
  if (status.ok()) metrics_.dead_letters.Increment();
  return status;
}

void Dispatcher::Fail(Task& task, const absl::Status& status) {
  parts_.gate.Report(status);
  if (!IsRefusal(status)) return GiveBack(task, status);
  const std::string reason = Reason(status);
  Bury(task, reason.empty() ? "DISPATCH_REFUSED" : reason, Message(status));
}

void Dispatcher::Bury(Task& task, const std::string& reason, const std::string& message) {
  if (absl::Status status = parts_.dead_letters.Bury(*task.delivery, reason, message);
      !status.ok()) {
    return GiveBack(task, status);
  }
  if (absl::Status status = kind_.bury(parts_.adapter, task.delivery->message(),
                                       OneLine(reason) + ": " + OneLine(message));
      !status.ok()) {
    return GiveBack(task, status);
  }
  LOG(ERROR) << "a message of " << task.delivery->message().subject << " went to " << bus::kDead
             << ": " << OneLine(reason) << ": " << OneLine(message);
  metrics_.dead_letters.Increment();
  task.hold.reset();
  // A lost ack means a redelivery, which ends the same.
  task.delivery->Ack().IgnoreError();
}

void Dispatcher::Acknowledge(Task& task) {
  task.hold.reset();
  task.delivery->Ack().IgnoreError();
  metrics_.dispatched.Increment();
  metrics_.actions.Increment(task.dispatch->created());
  metrics_.seconds.Observe(absl::ToDoubleSeconds(parts_.now() - task.delivery->stored_at()));
}

void Dispatcher::GiveBack(Task& task, const absl::Status& status) {
  const uint64_t attempt = task.delivery->attempt();
  VLOG(1) << "attempt " << attempt << " of " << task.delivery->message().subject
          << " is given back: " << status;
  metrics_.retries.Increment();
  task.hold.reset();
  // A lost Nak means a redelivery too, only later.
  task.delivery->Nak(Backoff(attempt)).IgnoreError();
}

}  // namespace eventreactor::dispatcher
