#include "tests/simulation/dispatcher_process.h"

#include <utility>

#include "services/dispatcher/worker_pool.h"

namespace eventreactor::simulation {
namespace {

constexpr absl::Duration kFollowAgain = absl::Milliseconds(300);
constexpr absl::Duration kRenewal = absl::Seconds(20);
constexpr uint64_t kBatch = 4;

}  // namespace

dispatcher::Verdict DispatcherProcess::Prober::Try(
    const std::vector<const bus::Message*>& /*messages*/, const dispatcher::View& /*view*/) {
  return calls_.Chance(calls_.weather().lost_call) ? dispatcher::Verdict::kUnknown
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
      events_({adapter_, cache_, barrier_, dead_letters_, gate_, loans_, prober_,
               [this] { return schedule_.now(); }},
              dispatcher::kAcceptedEvents, event_metrics_),
      actions_({adapter_, cache_, barrier_, dead_letters_, gate_, loans_, prober_,
                [this] { return schedule_.now(); }},
               dispatcher::kFinishedActions, action_metrics_) {}

void DispatcherProcess::Start() {
  schedule_.Spawn(process_, [this] { FollowPipelines(); });
  schedule_.Spawn(process_, [this] { RenewLoans(); });
  schedule_.Spawn(process_, [this] { Work(); });
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

// As a worker of WorkerPool, which here takes from both streams in turn.
void DispatcherProcess::Work() {
  while (!cache_.Ready()) schedule_.Idle(kFollowAgain);
  while (true) {
    if (!gate_.open()) {
      gate_.Knock();
      if (!gate_.open()) schedule_.Sleep(kFollowAgain);
      continue;
    }
    const bool events_first = schedule_.Chance(0.5);
    bool taken = events_first && Take(bus::kEvents, events_);
    taken = Take(bus::kActions, actions_) || taken;
    if (!events_first) taken = Take(bus::kEvents, events_) || taken;
    if (!taken) schedule_.Idle(absl::Seconds(15));
  }
}

bool DispatcherProcess::Take(const char* stream, dispatcher::Dispatcher& dispatcher) {
  auto consumer = bus_.Consume(stream, dispatcher::kDurable);
  if (!consumer.ok()) return false;
  const int most = static_cast<int>(1 + schedule_.Below(kBatch));
  auto fetched = (*consumer)->Fetch(most, absl::ZeroDuration());
  if (!fetched.ok() || fetched->empty()) return false;
  dispatcher.Handle(*std::move(fetched));
  return true;
}

}  // namespace eventreactor::simulation
