// What there is to be looked at: as listed, as watched, as left in the engine.
#include <glog/logging.h>

#include <utility>

#include "libs/adapter/action_steps.h"
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

void ActionSteps::Know(const v1::Action& action) {
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
bool ActionSteps::Rests(const RunKey& key, const v1::Action& action) {
  if (!queue_->Claim(key)) return false;
  const Facts facts = Gather(key, action);
  const Plan plan = Decide(facts);
  const bool untold = plan.status && !(OnlyWaits(facts, plan) && TellLater(key, facts.now));
  const bool rests =
      !plan.start && plan.stop == StopReason::kNone && !untold && !plan.publish && !plan.remove;
  if (rests && Settled(action)) {
    Forget(key);
  } else if (rests) {
    queue_->AddAt(key, plan.look_again);
  }
  queue_->Done(key);
  return rests;
}

absl::StatusOr<std::string> ActionSteps::List(const OnVersion& first) {
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

absl::StatusOr<std::string> ActionSteps::EventsVersion() {
  ListQuery query;
  query.page_size = 1;
  const absl::StatusOr<Page<v1::Event>> page = ports_.store.events().List(query);
  if (!page.ok()) return page.status();
  return page->resource_version;
}

absl::Status ActionSteps::FollowActions(std::string& version) {
  WatchQuery query;
  query.resource_version = version;
  absl::StatusOr<std::unique_ptr<ChangeStream<v1::Action>>> stream = Actions().Watch(query);
  absl::Status status = stream.status();
  while (status.ok() && !stopping_) {
    const auto change = (*stream)->Next(kTick);
    status = change.status();
    if (!status.ok() || !change->has_value()) continue;
    version = (*change)->resource_version;
    if ((*change)->type != v1::CHANGE_TYPE_BOOKMARK) See(**change);
  }
  if (stopping_) return absl::OkStatus();
  LOG(WARNING) << "watching Actions: " << Message(status);
  if (Reason(status) != "VERSION_EXPIRED") return status;
  // What went unseen is read again, what is gone is among the known.
  const absl::StatusOr<std::string> listed = List();
  if (!listed.ok()) return listed.status();
  version = *listed;
  for (const RunKey& key : ledger_.All()) queue_->Add(key);
  return absl::OkStatus();
}

void ActionSteps::See(const Change<v1::Action>& change) {
  const RunKey key = KeyOf(change.object);
  const std::optional<RunNote> note = ledger_.Find(key);
  if (change.type == v1::CHANGE_TYPE_DELETED) {
    queue_->Add(key);
  } else if (note ? note->own_version != change.object.metadata().resource_version()
                  : !Settled(change.object)) {
    ledger_.Get(key);
    if (!Rests(key, change.object)) queue_->Add(key);
  }
}

absl::Status ActionSteps::FollowEvents(std::string& version) {
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
  if (stopping_) return absl::OkStatus();
  LOG(WARNING) << "watching Events: " << Message(status);
  if (Reason(status) != "VERSION_EXPIRED") return status;
  const absl::StatusOr<std::string> latest = EventsVersion();
  if (!latest.ok()) return latest.status();
  version = *latest;
  for (const RunKey& key : ledger_.WaitingForAnyEvent()) queue_->Add(key);
  return absl::OkStatus();
}

absl::Status ActionSteps::Sweep() {
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
