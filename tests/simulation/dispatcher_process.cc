#include "tests/simulation/dispatcher_process.h"

#include <algorithm>
#include <iterator>
#include <utility>

#include "services/dispatcher/worker_pool.h"
#include "tests/simulation/model.h"

namespace eventreactor::simulation {
namespace {

constexpr absl::Duration kFollowAgain = absl::Milliseconds(300);
constexpr absl::Duration kRenewal = absl::Seconds(20);
constexpr uint64_t kBatch = 4;
constexpr size_t kBacklog = 8;

bool IsPoison(const bus::Message& message) { return message.id.starts_with(kPoison); }

}  // namespace

dispatcher::Verdict DispatcherProcess::Prober::Try(const std::vector<const bus::Message*>& messages,
                                                   const dispatcher::View& /*view*/) {
  if (calls_.Chance(calls_.weather().lost_call)) return dispatcher::Verdict::kUnknown;
  return std::ranges::any_of(messages, [](const auto* each) { return IsPoison(*each); })
             ? dispatcher::Verdict::kCrashes
             : dispatcher::Verdict::kHarmless;
}

DispatcherProcess::DispatcherProcess(const Outside& outside, ProcessPtr process,
                                     AdapterPort::Current adapter)
    : schedule_(outside.schedule),
      calls_(outside.calls),
      process_(std::move(process)),
      bus_(outside.bus, outside.calls, process_, /*waits=*/true, outside.mutation),
      adapter_(outside, std::move(adapter)),
      cache_(adapter_, dispatcher::PipelineCache::ByHand()),
      barrier_(adapter_, cache_, absl::ZeroDuration()),
      gate_([this] { return adapter_.Barrier("default").status(); }),
      dead_letters_(bus_),
      loans_(absl::InfiniteDuration()),
      prober_(outside.calls),
      event_dispatcher_({adapter_, cache_, barrier_, dead_letters_, gate_, loans_, prober_,
                         [this] { return schedule_.now(); }},
                        dispatcher::kAcceptedEvents, event_metrics_),
      action_dispatcher_({adapter_, cache_, barrier_, dead_letters_, gate_, loans_, prober_,
                          [this] { return schedule_.now(); }},
                         dispatcher::kFinishedActions, action_metrics_) {}

void DispatcherProcess::Start() {
  schedule_.Spawn(process_, [this] { FollowPipelines(); });
  schedule_.Spawn(process_, [this] { RenewLoans(); });
  schedule_.Spawn(process_, [this] { Create(); });
  schedule_.Spawn(process_, [this] { Conclude(); });
}

void DispatcherProcess::FollowPipelines() {
  while (true) {
    cache_.FollowOnce().IgnoreError();
    schedule_.Sleep(kFollowAgain);
  }
}

void DispatcherProcess::RenewLoans() {
  while (true) {
    schedule_.Sleep(kRenewal);
    // At times the process gets no time for it.
    if (!calls_.Chance(calls_.weather().long_wait * 30)) loans_.Renew();
  }
}

// As WorkerPool::Create, which here takes from both streams in turn.
void DispatcherProcess::Create() {
  while (!cache_.Ready()) schedule_.Idle(kFollowAgain);
  while (true) {
    if (!gate_.open()) {
      gate_.Knock();
      if (!gate_.open()) schedule_.Sleep(kFollowAgain);
      continue;
    }
    const bool events_first = schedule_.Chance(0.5);
    const bool first = Take(events_first ? events_ : actions_);
    const bool second = Take(events_first ? actions_ : events_);
    if (!first && !second) schedule_.Idle(absl::Seconds(15));
  }
}

bool DispatcherProcess::Take(Crew& crew) {
  if (crew.backlog.size() >= kBacklog) return false;
  auto consumer = bus_.Consume(crew.stream, dispatcher::kDurable);
  if (!consumer.ok()) return false;
  const int most = static_cast<int>(1 + schedule_.Below(kBatch));
  auto fetched = (*consumer)->Fetch(most, absl::ZeroDuration());
  if (!fetched.ok() || fetched->empty()) return false;
  // Those that came more often are tried in a process of their own first.
  for (const auto& delivery : *fetched) {
    if (!IsPoison(delivery->message()) || delivery->attempt() > dispatcher::kTrustedAttempts) {
      continue;
    }
    schedule_.Kill(process_);
    throw Killed();
  }
  for (auto& task : crew.dispatcher.Begin(*std::move(fetched))) {
    crew.backlog.push_back(std::move(task));
  }
  schedule_.Notify();
  return true;
}

// As WorkerPool::Conclude, for both.
void DispatcherProcess::Conclude() {
  while (true) {
    const bool events = Finish(events_);
    const bool actions = Finish(actions_);
    if (!events && !actions) schedule_.Idle(absl::Seconds(15));
  }
}

bool DispatcherProcess::Finish(Crew& crew) {
  if (crew.backlog.empty()) return false;
  const auto end =
      crew.backlog.begin() + static_cast<ptrdiff_t>(1 + schedule_.Below(crew.backlog.size()));
  dispatcher::Tasks tasks(std::make_move_iterator(crew.backlog.begin()),
                          std::make_move_iterator(end));
  crew.backlog.erase(crew.backlog.begin(), end);
  crew.dispatcher.Finish(std::move(tasks), [this] {
    schedule_.Yield();
    return true;
  });
  // There is room again.
  schedule_.Notify();
  return true;
}

}  // namespace eventreactor::simulation
