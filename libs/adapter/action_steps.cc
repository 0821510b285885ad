#include "libs/adapter/action_steps.h"

#include <glog/logging.h>

#include <algorithm>
#include <utility>

#include "absl/strings/str_cat.h"
#include "libs/adapter/action_message.h"
#include "libs/adapter/dispatch_mark.h"
#include "libs/adapter/feed.h"
#include "libs/clock/steady_now.h"
#include "libs/status/status.h"

namespace eventreactor {
namespace {

constexpr int kConflicts = 10;
constexpr absl::Duration kYield = absl::Milliseconds(100);
constexpr absl::Duration kTellWithin = absl::Seconds(1);
constexpr absl::Duration kPublishTimeout = absl::Seconds(5);

absl::Time Created(const v1::Action& action) {
  const auto& time = action.metadata().creation_timestamp();
  return absl::FromUnixSeconds(time.seconds()) + absl::Nanoseconds(time.nanos());
}

void TellCompleted(Recorder& recorder, const v1::Action& action) {
  const v1::Completion completion = action.status().completion();
  const bool well = completion == v1::COMPLETION_SUCCESS || completion == v1::COMPLETION_NEUTRAL;
  std::string message = CompletionWord(completion);
  for (const v1::Condition& condition : action.status().conditions()) {
    if (condition.type() == kSucceeded) absl::StrAppend(&message, ": ", condition.message());
  }
  recorder.Record("Action", action.metadata(),
                  well ? Recorder::Severity::kNormal : Recorder::Severity::kWarning, "Completed",
                  message);
}

// Of a start: after any other error it may be that it was carried out.
bool IsRefusal(const absl::Status& status) { return !status.ok() && !IsTransient(status); }

}  // namespace

ActionSteps::ActionSteps(const Ports& ports, Options options)
    : ports_(ports),
      options_(std::move(options)),
      ledger_(metrics_),
      slots_(options_.max_running, options_.max_running_of_namespace),
      queue_(std::make_shared<WorkQueue>(options_.now)) {
  ports_.executor.SetListener([queue = queue_](const RunKey& key) { queue->Add(key); });
}

absl::Duration ActionSteps::Backoff(int failures) const {
  absl::Duration wait = options_.retry_first;
  for (int i = 1; i < failures && wait < options_.retry_most; ++i) wait *= 2;
  return std::min(wait, options_.retry_most);
}

void ActionSteps::Stop() {
  stopping_ = true;
  queue_->Stop();
}

void ActionSteps::AwaitAnswers() {
  std::unique_lock lock(mutex_);
  answered_.wait(lock, [&] { return publishing_ == 0; });
}

void ActionSteps::Look(const RunKey& key) {
  const absl::Time begin = SteadyNow();
  const absl::Status status = Reconcile(key);
  if (!status.ok()) {
    const int failures = ledger_.Get(key).failures + 1;
    ledger_.Change(key, [&](RunNote& note) { note.failures = failures; });
    metrics_.Failed(Reason(status));
    LOG_IF(WARNING, failures == 3)
        << "Action " << key.ns << "/" << key.name << " does not get on: " << Message(status);
    queue_->AddAt(key, options_.now() + Backoff(failures));
  } else {
    ledger_.Change(key, [](RunNote& note) { note.failures = 0; });
  }
  queue_->Done(key);
  metrics_.Reconciled(queue_->depth(), SteadyNow() - begin);
}

// Until nothing is left to do now.
absl::Status ActionSteps::Reconcile(const RunKey& key) {
  bool again = true;
  for (int i = 0; again && i < kConflicts; ++i) {
    const absl::StatusOr<v1::Action> action = Actions().Get(key.ns, key.name);
    if (absl::IsNotFound(action.status()) || (action.ok() && action->metadata().uid() != key.uid)) {
      return CleanUp(key);
    }
    if (!action.ok()) return action.status();
    again = false;
    absl::Status status = ReconcileOnce(key, *action, again);
    if (!status.ok()) return status;
  }
  if (again) queue_->Add(key);
  return absl::OkStatus();
}

absl::Status ActionSteps::ReconcileOnce(const RunKey& key, const v1::Action& action, bool& again) {
  Facts facts = Gather(key, action);
  Plan plan = Decide(facts);
  if (plan.start) {
    absl::Status status = Begin(key, facts);
    if (!status.ok()) return status;
    plan = Decide(facts);
  }
  if (plan.stop != StopReason::kNone) ports_.executor.Stop(key.uid, plan.stop);
  if (plan.status) {
    if (OnlyWaits(facts, plan) && TellLater(key, facts.now)) return absl::OkStatus();
    absl::Status written = Write(key, action, *std::move(plan.status));
    if (Reason(written) == "CONFLICT") {
      again = true;
      return absl::OkStatus();
    }
    if (!written.ok()) return written;
    // The end is stored: now what comes after it.
    again = ledger_.Get(key).phase == RunPhase::kUndispatched;
  }
  if (plan.publish) {
    absl::Status published = Publish(key, action);
    if (Reason(published) == "CONFLICT") again = true;
    if (!published.ok() && !again) return published;
  }
  if (plan.remove) {
    absl::Status removed = ports_.executor.Remove(key);
    if (!removed.ok()) return removed;
    ledger_.Change(key, [](RunNote& note) { note.removed = true; });
  }
  if (IsTerminal(action) && action.status().has_dispatch_time()) {
    Forget(key);
  } else {
    queue_->AddAt(key, plan.look_again);
  }
  return absl::OkStatus();
}

Facts ActionSteps::Gather(const RunKey& key, const v1::Action& action) {
  const RunNote note = ledger_.Get(key);
  Facts facts;
  facts.action = action;
  facts.now = options_.now();
  facts.time_of_day = options_.time_of_day();
  facts.known_since = note.known_since == absl::InfinitePast() ? facts.now : note.known_since;
  facts.begun = note.begun;
  facts.event_wait = options_.event_wait;
  facts.start_wait = options_.start_wait;
  facts.refused_since = note.refused_since;
  facts.publish_again = options_.publish_again;
  facts.tail_bytes = options_.tail_bytes;
  facts.published_at = note.published_at;
  facts.removed = note.removed;
  if (!note.removed) facts.observation = ports_.executor.Observe(key.uid);
  if (facts.now < note.start_again) {
    facts.start_error = note.start_error;
    queue_->AddAt(key, note.start_again);
  }
  if (IsTerminal(action)) {
    ledger_.Change(key, [](RunNote& each) { each.phase = RunPhase::kUndispatched; });
    // Whoever wrote the end.
    Release(key);
    return facts;
  }
  if (HasBegun(facts)) {
    NoteBegun(key, facts);
    if (RunRests(facts)) {
      facts.slot_free = SlotAfterRest(key, facts);
    } else {
      slots_.Hold(key);
    }
    return facts;
  }
  ledger_.Change(key, [&](RunNote& each) { each.known_since = facts.known_since; });
  if (action.spec().status() == kBuildCancelled) return facts;
  // Before it is looked for, so that its coming is not missed.
  ledger_.WaitForEvent(key, action.spec().event().name());
  const absl::StatusOr<ResourceStore::EventState> state =
      ports_.store.StateOfEvent(key.ns, action.spec().event().name());
  facts.event_recorded = state.ok() && *state != ResourceStore::EventState::kAbsent;
  // What cannot be read now is looked for again soon.
  if (!state.ok()) queue_->AddAt(key, facts.now + options_.retry_most);
  // Who cannot begin keeps nobody from it.
  if (!facts.event_recorded) {
    Release(key);
    return facts;
  }
  ledger_.StopWaiting(key);
  if (IsRefusal(facts.start_error)) {
    Release(key);
    facts.slot_free = true;
    return facts;
  }
  facts.slot_free = slots_.Acquire(key, Created(action));
  return facts;
}

// What an Action waits for is told when nothing is taken in, or after a while.
bool ActionSteps::TellLater(const RunKey& key, absl::Time now) {
  if (!ports_.intake.busy()) return false;
  absl::Time at;
  ledger_.Change(key, [&](RunNote& note) {
    if (note.tell_at == absl::InfinitePast()) note.tell_at = now + kTellWithin;
    at = note.tell_at;
    if (at <= now) note.tell_at = absl::InfinitePast();
  });
  if (at <= now) return false;
  queue_->AddAt(key, at);
  return true;
}

// Where slots do not matter, or none is given any more, what has begun goes on.
bool ActionSteps::SlotAfterRest(const RunKey& key, const Facts& facts) {
  if (!scarce()) return true;
  if (facts.now >= facts.observation->rests_until) {
    return slots_.Acquire(key, Created(facts.action));
  }
  Release(key);
  return false;
}

void ActionSteps::NoteBegun(const RunKey& key, Facts& facts) {
  if (facts.begun == absl::InfinitePast()) facts.begun = BegunAt(facts);
  ledger_.Change(key, [&](RunNote& note) {
    note.phase = RunPhase::kRunning;
    note.begun = facts.begun;
  });
}

// Starts the run, or writes down why it could not be. In both cases `facts`
// then says so.
absl::Status ActionSteps::Begin(const RunKey& key, Facts& facts) {
  ports_.intake.Yield(kYield);
  const absl::StatusOr<v1::Event> event =
      ports_.store.events().Get(key.ns, facts.action.spec().event().name());
  if (!event.ok() && !absl::IsNotFound(event.status())) return event.status();
  const absl::Status started =
      event.ok() ? ports_.executor.Start(facts.action, *event) : event.status();
  if (started.ok()) {
    facts.observation = ports_.executor.Observe(key.uid);
    if (!facts.observation) facts.observation.emplace();
    NoteBegun(key, facts);
    ledger_.Change(key, [](RunNote& note) {
      note.start_again = absl::InfinitePast();
      note.refused_since = absl::InfiniteFuture();
      note.start_failures = 0;
    });
    return absl::OkStatus();
  }
  metrics_.Failed(Reason(started));
  const bool passes = IsTransient(started);
  absl::Time retry;
  ledger_.Change(key, [&](RunNote& note) {
    note.start_error = started;
    note.start_failures = passes ? 0 : note.start_failures + 1;
    // What is refused takes somebody's doing: there is no haste.
    const absl::Duration wait = options_.retry_most * std::max(1, note.start_failures);
    note.start_again =
        facts.now + (passes ? options_.retry_most : std::min(wait, options_.start_again_most));
    note.refused_since = passes ? absl::InfiniteFuture() : std::min(note.refused_since, facts.now);
    facts.refused_since = note.refused_since;
    retry = note.start_again;
  });
  queue_->AddAt(key, retry);
  // One that rests has begun, and its turn is decided elsewhere.
  if (!passes && !HasBegun(facts)) Release(key);
  facts.start_error = started;
  return absl::OkStatus();
}

absl::Status ActionSteps::Write(const RunKey& key, const v1::Action& action,
                                v1::ActionStatus status) {
  v1::Action next = action;
  *next.mutable_status() = std::move(status);
  const absl::StatusOr<v1::Action> written = Actions().UpdateStatus(next);
  if (!written.ok()) return written.status();
  for (const bus::Message& change : ActionChangeMessages(action, *written)) {
    TellFeed(ports_.bus, change);
  }
  const bool terminal = IsTerminal(*written);
  ledger_.Change(key, [&](RunNote& note) {
    note.own_version = written->metadata().resource_version();
    if (terminal) note.phase = RunPhase::kUndispatched;
  });
  if (terminal) {
    metrics_.Finished(CompletionWord(written->status().completion()));
    TellCompleted(ports_.recorder, *written);
    ledger_.StopWaiting(key);
    Release(key);
  }
  return absl::OkStatus();
}

// An Action that the bus will never take is marked as dispatched instead.
absl::Status ActionSteps::Publish(const RunKey& key, const v1::Action& action) {
  if (const absl::Status refusal = ledger_.Get(key).unpublishable; !refusal.ok()) {
    return StoreDispatchMark(
        Actions(), ports_.recorder, action,
        {.refusal = absl::StrCat("the bus does not take it: ", Message(refusal))});
  }
  ledger_.Change(key, [&](RunNote& note) { note.published_at = options_.now(); });
  {
    const std::lock_guard lock(mutex_);
    ++publishing_;
  }
  ports_.bus.PublishAsync(ActionMessage(action), kPublishTimeout,
                          [this, key](const absl::StatusOr<bus::PublishAck>& ack) {
                            if (!ack.ok()) {
                              metrics_.Failed(Reason(ack.status()));
                              int failures = 0;
                              ledger_.Change(key, [&](RunNote& note) {
                                note.published_at = absl::InfinitePast();
                                if (!IsTransient(ack.status())) note.unpublishable = ack.status();
                                failures = ++note.publish_failures;
                              });
                              queue_->AddAt(key, options_.now() + Backoff(failures));
                            }
                            const std::lock_guard lock(mutex_);
                            --publishing_;
                            answered_.notify_all();
                          });
  return absl::OkStatus();
}

// The Action is gone: ends and removes what is left of its run.
absl::Status ActionSteps::CleanUp(const RunKey& key) {
  absl::Status removed = ports_.executor.Remove(key);
  if (!removed.ok()) return removed;
  // A later Action of the name has its own log under the same subjects.
  if (absl::IsNotFound(Actions().Get(key.ns, key.name).status())) {
    absl::Status log = ports_.logs.Remove(key);
    if (!log.ok()) return log;
  }
  Forget(key);
  return absl::OkStatus();
}

void ActionSteps::Forget(const RunKey& key) {
  ledger_.Forget(key);
  queue_->Forget(key);
  Release(key);
}

void ActionSteps::Release(const RunKey& key) {
  for (const RunKey& next : slots_.Release(key)) queue_->Add(next);
}

}  // namespace eventreactor
