// How the reconciler begins, and what wakes it.
#include <glog/logging.h>

#include <utility>

#include "libs/adapter/action_reconciler.h"
#include "libs/status/status.h"

namespace eventreactor {
namespace {

constexpr int kListed = 500;
constexpr absl::Duration kTick = absl::Milliseconds(200);

RunKey KeyOf(const v1::Action& action) {
  return {.ns = action.metadata().namespace_(),
          .name = action.metadata().name(),
          .uid = action.metadata().uid()};
}

bool Settled(const v1::Action& action) {
  return IsTerminal(action) && action.status().has_dispatch_time();
}

}  // namespace

ActionReconciler::ActionReconciler(const Ports& ports, Options options)
    : ports_(ports),
      options_(std::move(options)),
      ledger_(metrics_),
      slots_(options_.max_running),
      queue_(std::make_shared<WorkQueue>(options_.now)) {
  ports_.executor.SetListener([queue = queue_](const RunKey& key) { queue->Add(key); });
}

ActionReconciler::~ActionReconciler() { Stop(); }

absl::Status ActionReconciler::Start() {
  // First, so that no Event is recorded unseen after an Action was looked at.
  const absl::StatusOr<std::string> events = EventsVersion();
  if (!events.ok()) return events.status();
  // What runs already has its slot before anything new begins; where that does
  // not matter, nobody waits for the end of a long list.
  const bool at_once = !slots_.scarce();
  const absl::StatusOr<std::string> actions = ListUndispatched([&](const std::string& version) {
    if (at_once) BeginAt(version, *events);
  });
  if (!actions.ok()) return actions.status();
  BeginAt(*actions, *events);
  threads_.emplace_back([this] { Sweep(); });
  return absl::OkStatus();
}

void ActionReconciler::BeginAt(const std::string& actions, const std::string& events) {
  if (!threads_.empty()) return;
  threads_.emplace_back([this, actions] { WatchActions(actions); });
  threads_.emplace_back([this, events] { WatchEvents(events); });
  for (int i = 0; i < options_.workers; ++i) threads_.emplace_back([this] { Work(); });
}

void ActionReconciler::Stop() {
  {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
  }
  stopping_or_published_.notify_all();
  queue_->Stop();
  for (std::thread& thread : threads_) thread.join();
  threads_.clear();
  ports_.executor.SetListener([](const RunKey&) {});
  std::unique_lock lock(mutex_);
  stopping_or_published_.wait(lock, [&] { return publishing_ == 0; });
}

bool ActionReconciler::SleepUnlessStopped(absl::Duration duration) {
  std::unique_lock lock(mutex_);
  return !stopping_or_published_.wait_for(lock, absl::ToChronoNanoseconds(duration),
                                          [&] { return stopping_.load(); });
}

void ActionReconciler::Know(const v1::Action& action) {
  const RunKey key = KeyOf(action);
  ledger_.Get(key);
  // Before anything new begins: what runs already has its slot.
  if (!IsTerminal(action) && action.status().has_start_time()) slots_.Hold(key);
  // Where slots are scarce, those who have waited longest get them: all that
  // are there have to ask before what is new.
  if (slots_.scarce()) {
    queue_->Add(key);
  } else if (!Rests(key, action)) {
    queue_->AddBehind(key);
  }
}

// Thousands may wait for something: none of those has to be read once more.
bool ActionReconciler::Rests(const RunKey& key, const v1::Action& action) {
  if (!queue_->Claim(key)) return false;
  const Plan plan = Decide(Gather(key, action));
  const bool rests = !plan.start && plan.stop == StopReason::kNone && !plan.status &&
                     !plan.publish && !plan.remove;
  if (rests) queue_->AddAt(key, plan.look_again);
  queue_->Done(key);
  return rests;
}

absl::StatusOr<std::string> ActionReconciler::ListUndispatched(const OnVersion& first) {
  ListQuery query;
  query.undispatched = true;
  query.page_size = kListed;
  std::string version;
  do {
    const absl::StatusOr<Page<v1::Action>> page = Actions().List(query);
    if (!page.ok()) return page.status();
    if (version.empty()) {
      version = page->resource_version;
      if (first) first(version);
    }
    for (const v1::Action& action : page->items) Know(action);
    query.page_token = page->next_page_token;
  } while (!query.page_token.empty());
  return version;
}

absl::StatusOr<std::string> ActionReconciler::EventsVersion() {
  ListQuery query;
  query.page_size = 1;
  const absl::StatusOr<Page<v1::Event>> page = ports_.store.events().List(query);
  if (!page.ok()) return page.status();
  return page->resource_version;
}

void ActionReconciler::WatchActions(std::string version) {
  while (!stopping_) {
    WatchQuery query;
    query.resource_version = version;
    absl::StatusOr<std::unique_ptr<ChangeStream<v1::Action>>> stream = Actions().Watch(query);
    absl::Status status = stream.status();
    while (status.ok() && !stopping_) {
      const auto change = (*stream)->Next(kTick);
      status = change.status();
      if (!status.ok() || !change->has_value()) continue;
      version = (*change)->resource_version;
      const v1::Action& action = (*change)->object;
      if ((*change)->type == v1::CHANGE_TYPE_BOOKMARK) continue;
      const std::optional<RunNote> note = ledger_.Find(KeyOf(action));
      if ((*change)->type == v1::CHANGE_TYPE_DELETED) {
        queue_->Add(KeyOf(action));
      } else if (note ? note->own_version != action.metadata().resource_version()
                      : !Settled(action)) {
        ledger_.Get(KeyOf(action));
        if (!Rests(KeyOf(action), action)) queue_->Add(KeyOf(action));
      }
    }
    if (stopping_) return;
    LOG(WARNING) << "watching Actions: " << Message(status);
    if (Reason(status) == "VERSION_EXPIRED") {
      // What went unseen is read again, what is gone is among the known.
      const absl::StatusOr<std::string> listed = ListUndispatched();
      if (listed.ok()) {
        version = *listed;
        for (const RunKey& key : ledger_.All()) queue_->Add(key);
        continue;
      }
    }
    if (!SleepUnlessStopped(options_.retry_first)) return;
  }
}

void ActionReconciler::WatchEvents(std::string version) {
  while (!stopping_) {
    WatchQuery query;
    query.resource_version = version;
    query.names_only = true;
    absl::StatusOr<std::unique_ptr<ChangeStream<v1::Event>>> stream =
        ports_.store.events().Watch(query);
    absl::Status status = stream.status();
    while (status.ok() && !stopping_) {
      const auto change = (*stream)->Next(kTick);
      status = change.status();
      if (!status.ok() || !change->has_value()) continue;
      version = (*change)->resource_version;
      const v1::ObjectMeta& event = (*change)->object.metadata();
      for (const RunKey& key : ledger_.WaitingFor(event.namespace_(), event.name())) {
        queue_->Add(key);
      }
    }
    if (stopping_) return;
    LOG(WARNING) << "watching Events: " << Message(status);
    if (Reason(status) == "VERSION_EXPIRED") {
      const absl::StatusOr<std::string> latest = EventsVersion();
      if (latest.ok()) {
        version = *latest;
        for (const RunKey& key : ledger_.WaitingForAnyEvent()) queue_->Add(key);
        continue;
      }
    }
    if (!SleepUnlessStopped(options_.retry_first)) return;
  }
}

// What an earlier process left in the engine. The engine may be away for
// long, and nothing else waits for this.
void ActionReconciler::Sweep() {
  for (int failures = 1; !stopping_; ++failures) {
    const absl::Status status = SweepOnce();
    if (status.ok()) return;
    LOG_IF(WARNING, failures == 3)
        << "cannot see what is left of earlier runs: " << Message(status);
    if (!SleepUnlessStopped(Backoff(failures))) return;
  }
}

absl::Status ActionReconciler::SweepOnce() {
  const absl::StatusOr<std::vector<RunKey>> runs = ports_.executor.List();
  if (!runs.ok()) return runs.status();
  absl::Status result;
  for (const RunKey& key : *runs) {
    const absl::StatusOr<v1::Action> action = Actions().Get(key.ns, key.name);
    absl::Status status = action.status();
    if (action.ok() && action->metadata().uid() == key.uid && !IsTerminal(*action)) {
      // It was begun, whether or not that was written down.
      slots_.Hold(key);
      queue_->Add(key);
      continue;
    }
    if (action.ok() || absl::IsNotFound(status)) status = ports_.executor.Remove(key);
    if (!status.ok()) result = status;
  }
  return result;
}

}  // namespace eventreactor
