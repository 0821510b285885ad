#include "services/dispatcher/barrier.h"

#include <algorithm>
#include <utility>
#include <vector>

#include "absl/time/clock.h"
#include "libs/clock/steady_now.h"

namespace eventreactor::dispatcher {
namespace {

// Beyond this many namespaces, those that nobody waits for are forgotten.
constexpr size_t kMaxLanes = 1000;

bool IsThat(const v1::Pipeline& pipeline, const v1::PipelineIdentity& identity) {
  return pipeline.metadata().uid() == identity.uid() &&
         pipeline.metadata().generation() >= identity.generation();
}

}  // namespace

PipelineBarrier::Answer PipelineBarrier::Await(const std::string& ns) {
  std::unique_lock lock(mutex_);
  if (lanes_.size() > kMaxLanes) DropIdleLanes();
  std::shared_ptr<Lane>& place = lanes_[ns];
  if (place == nullptr) place = std::make_shared<Lane>();
  const std::shared_ptr<Lane> lane = place;
  // The call under way may have read before we came: the one after it serves.
  const uint64_t mine = lane->sent + 1;
  ++lane->waiting;
  while (lane->answered < mine) {
    if (lane->busy) {
      changed_.wait(lock);
      continue;
    }
    // Nobody calls: this thread does, for all that wait by the time it does.
    lane->busy = true;
    const absl::Duration early = lane->last_sent + interval_ - SteadyNow();
    if (early > absl::ZeroDuration()) {
      lock.unlock();
      absl::SleepFor(std::min(early, interval_));
      lock.lock();
    }
    const uint64_t call = ++lane->sent;
    lane->last_sent = SteadyNow();
    lock.unlock();
    Answer answer = Ask(ns, lane->fetched);
    lock.lock();
    lane->answer = std::move(answer);
    lane->answered = call;
    lane->busy = false;
    changed_.notify_all();
  }
  --lane->waiting;
  return lane->answer;
}

PipelineBarrier::Answer PipelineBarrier::Ask(const std::string& ns,
                                             std::map<std::string, v1::Pipeline>& fetched) {
  const auto identities = adapter_.Barrier(ns);
  if (!identities.ok()) return identities.status();
  std::shared_ptr<const View> known = cache_.Current();
  std::map<std::string, v1::Pipeline> lacking;
  for (const v1::PipelineIdentity& identity : *identities) {
    if (known->Has(ns, identity)) continue;
    const auto before = fetched.find(identity.name());
    if (before != fetched.end() && IsThat(before->second, identity)) {
      lacking[identity.name()] = before->second;
      continue;
    }
    auto pipeline = adapter_.GetPipeline(ns, identity.name());
    if (absl::IsNotFound(pipeline.status())) continue;  // deleted in the meantime
    if (!pipeline.ok()) return pipeline.status();
    lacking[identity.name()] = *std::move(pipeline);
  }
  fetched = std::move(lacking);
  if (fetched.empty()) return known;
  View fresh = *known;
  std::vector<v1::Pipeline> pipelines;
  pipelines.reserve(fetched.size());
  for (const auto& named : fetched) pipelines.push_back(named.second);
  fresh.Put(pipelines);
  return std::make_shared<const View>(std::move(fresh));
}

void PipelineBarrier::DropIdleLanes() {
  std::erase_if(lanes_, [&](const auto& lane) {
    return lane.second->waiting == 0 && lane.second->last_sent + interval_ < SteadyNow();
  });
}

}  // namespace eventreactor::dispatcher
