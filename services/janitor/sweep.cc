#include "services/janitor/sweep.h"

#include <glog/logging.h>

#include <algorithm>
#include <utility>

#include "absl/strings/str_cat.h"
#include "libs/status/status.h"

namespace eventreactor::janitor {
namespace {

// A page read by others now and then is not to wait for ever either.
constexpr absl::Duration kLongestRest = absl::Seconds(1);
// The adapter's moment of weakness passes, or the sweep does.
constexpr int kTriesInARow = 3;
constexpr absl::Duration kTryAgain = absl::Seconds(1);
// What is refused one by one this often is refused altogether.
constexpr int64_t kMostRefusals = 1000;

absl::Status Stopped() {
  return MakeStatus(absl::StatusCode::kCancelled, "SWEEP_STOPPED",
                    "the sweep was stopped; what is left goes with the next one");
}

// Says nothing of one object, but of the adapter.
bool AdapterIsAway(const absl::Status& status) {
  return absl::IsUnavailable(status) || absl::IsDeadlineExceeded(status) ||
         absl::IsUnauthenticated(status) || absl::IsCancelled(status);
}

v1::Removal RemovalOf(v1::RetainedKind kind, const Expired& expired, const RetentionRule& rule,
                      absl::Time now) {
  v1::Removal removal;
  removal.set_kind(kind);
  removal.set_namespace_(expired.object.ns);
  removal.set_name(expired.object.name);
  removal.set_uid(expired.object.uid);
  const int64_t micros = absl::ToUnixMicros(expired.object.since);
  removal.mutable_since()->set_seconds(micros / 1'000'000);
  removal.mutable_since()->set_nanos(static_cast<int32_t>(micros % 1'000'000) * 1000);
  removal.set_reason(expired.cause == RetentionCause::kPeriod ? v1::RETENTION_REASON_PERIOD
                                                              : v1::RETENTION_REASON_COUNT);
  removal.set_message(DescribeExpiry(expired, rule, now));
  return removal;
}

prometheus::Counter& CountFor(KindMetrics& metrics, RetentionCause cause) {
  return cause == RetentionCause::kPeriod ? metrics.by_period : metrics.by_count;
}

}  // namespace

// What differs between Actions and Events.
struct Sweeper::Kind {
  v1::RetainedKind kind;
  const char* word;
  const RetentionRule& rule;
  KindMetrics& metrics;
  absl::Status (Adapter::*remove)(const std::string& ns, const std::string& name,
                                  const std::string& uid);
};

absl::Status Sweeper::Sweep(const Call& call, v1::SweepSummary& summary) {
  const std::unique_lock only(running_, std::try_to_lock);
  if (!only.owns_lock()) {
    return MakeStatus(absl::StatusCode::kAborted, "SWEEP_RUNNING",
                      "another sweep is under way; try again when it has ended");
  }
  const absl::Time begin = options_.now();
  summary.Clear();
  summary.set_dry_run(call.dry_run);
  absl::Status status = SweepOnce(call, summary);
  if (call.dry_run) return status;
  const absl::Time end = options_.now();
  metrics_.seconds.Observe(absl::ToDoubleSeconds(end - begin));
  if (!status.ok()) {
    metrics_.broken_off.Increment();
    return status;
  }
  metrics_.succeeded.Increment();
  metrics_.last_success.Set(absl::ToDoubleSeconds(end - absl::UnixEpoch()));
  for (const auto& [kind, swept] : {std::pair{&metrics_.actions, &summary.actions()},
                                    std::pair{&metrics_.events, &summary.events()}}) {
    kind->found.Set(static_cast<double>(swept->found()));
    kind->kept.Set(static_cast<double>(swept->kept()));
  }
  return status;
}

absl::Status Sweeper::SweepOnce(const Call& call, v1::SweepSummary& summary) {
  if (options_.actions.off() && options_.events.off()) return absl::OkStatus();
  const absl::Time now = options_.now();
  const RetentionLedger::Limits limits{options_.minimum_age, options_.capacity};
  RetentionNeeds needs(options_.names);
  RetentionLedger actions(options_.actions, limits, now);
  RetentionLedger events(options_.events, limits, now);
  absl::Status status = Read(call, needs, actions, events, summary);
  if (!status.ok()) return status;

  const RetentionLedger::Verdict old_actions =
      actions.Decide([&](const Retained& object) { return needs.HoldsAction(object); });
  const RetentionLedger::Verdict old_events =
      events.Decide([&](const Retained& object) { return needs.HoldsEvent(object); });
  summary.set_partial(old_actions.partial || old_events.partial);
  const Kind action{v1::RETAINED_KIND_ACTION, "Action", options_.actions, metrics_.actions,
                    &Adapter::DeleteAction};
  status = Remove(call, action, old_actions, now, *summary.mutable_actions());
  if (!status.ok()) return status;
  const Kind event{v1::RETAINED_KIND_EVENT, "Event", options_.events, metrics_.events,
                   &Adapter::DeleteEvent};
  return Remove(call, event, old_events, now, *summary.mutable_events());
}

absl::Status Sweeper::Read(const Call& call, RetentionNeeds& needs, RetentionLedger& actions,
                           RetentionLedger& events, v1::SweepSummary& summary) {
  std::string token;
  do {
    if (call.stop()) return Stopped();
    const absl::Time begin = options_.now();
    const absl::StatusOr<v1::ActionServiceListResponse> page = adapter_.ListActions(token);
    if (!page.ok()) return page.status();
    for (const v1::Action& action : page->actions()) {
      std::optional<Retained> object = needs.See(action);
      if (object) actions.Add(*std::move(object));
    }
    summary.mutable_actions()->set_found(summary.actions().found() + page->actions_size());
    token = page->next_page_token();
    Rest(begin);
  } while (!token.empty());
  do {
    if (call.stop()) return Stopped();
    const absl::Time begin = options_.now();
    const absl::StatusOr<v1::EventServiceListResponse> page = adapter_.ListEvents(token);
    if (!page.ok()) return page.status();
    for (const v1::Event& event : page->events()) {
      std::optional<Retained> object = needs.See(event);
      if (object) events.Add(*std::move(object));
    }
    summary.mutable_events()->set_found(summary.events().found() + page->events_size());
    token = page->next_page_token();
    Rest(begin);
  } while (!token.empty());
  return absl::OkStatus();
}

void Sweeper::Rest(absl::Time begin) {
  const absl::Duration took = options_.now() - begin;
  options_.sleep(std::clamp(took, absl::ZeroDuration(), kLongestRest));
}

absl::Status Sweeper::Remove(const Call& call, const Kind& kind,
                             const RetentionLedger::Verdict& verdict, absl::Time now,
                             v1::SweptKind& swept) {
  swept.set_kept(verdict.held);
  for (const Expired& expired : verdict.gone) {
    if (call.stop()) return Stopped();
    const Retained& object = expired.object;
    const absl::Time begin = options_.now();
    absl::Status status = call.dry_run ? absl::OkStatus() : Delete(kind, object);
    if (AdapterIsAway(status)) return status;
    if (Reason(status) == "EVENT_IN_USE") {
      swept.set_kept(swept.kept() + 1);
    } else if (!status.ok() && !absl::IsNotFound(status)) {
      swept.set_failed(swept.failed() + 1);
      kind.metrics.failed.Increment();
      LOG(WARNING) << kind.word << " " << object.ns << "/" << object.name
                   << " cannot be removed: " << Message(status);
      if (swept.failed() >= kMostRefusals) return status;
    }
    if (status.ok()) {
      swept.set_removed(swept.removed() + 1);
      if (!call.dry_run) CountFor(kind.metrics, expired.cause).Increment();
      if (!call.tell(RemovalOf(kind.kind, expired, kind.rule, now))) return Stopped();
    }
    if (call.dry_run) continue;
    options_.sleep(
        std::max(options_.deletion_interval - (options_.now() - begin), absl::ZeroDuration()));
  }
  return absl::OkStatus();
}

absl::Status Sweeper::Delete(const Kind& kind, const Retained& object) {
  absl::Status status;
  for (int i = 0; i < kTriesInARow; ++i) {
    if (i > 0) options_.sleep(kTryAgain);
    status = (adapter_.*kind.remove)(object.ns, object.name, object.uid);
    if (!AdapterIsAway(status)) break;
  }
  return status;
}

}  // namespace eventreactor::janitor
