#include "libs/adapter/run_slots.h"

#include <algorithm>
#include <queue>

namespace eventreactor {

size_t RunSlots::Free() const {
  const auto most = static_cast<size_t>(most_);
  return held_.size() >= most ? 0 : most - held_.size();
}

std::vector<RunSlots::Place> RunSlots::Turns() const {
  // How many its namespace has by then, and who is next of it.
  struct Next {
    size_t held;
    std::set<Place, Older>::const_iterator place;
    std::set<Place, Older>::const_iterator end;
    bool operator<(const Next& other) const {
      return other.held != held ? other.held < held : Older()(*other.place, *place);
    }
  };
  const auto most_of_namespace = static_cast<size_t>(most_of_namespace_);
  std::priority_queue<Next> next;
  const auto line_up = [&](const Next& each) {
    if (each.place != each.end && each.held < most_of_namespace) next.push(each);
  };
  std::vector<Place> turns;
  const size_t free = Free();
  if (free == 0) return turns;
  for (const auto& [ns, lane] : lanes_) {
    line_up({lane.held, lane.waiting.begin(), lane.waiting.end()});
  }
  while (turns.size() < free && !next.empty()) {
    const Next turn = next.top();
    next.pop();
    turns.push_back(*turn.place);
    line_up({turn.held + 1, std::next(turn.place), turn.end});
  }
  return turns;
}

bool RunSlots::Acquire(const RunKey& key, absl::Time created) {
  const std::lock_guard lock(mutex_);
  if (held_.contains(key)) return true;
  if (most_ == kUnlimited && most_of_namespace_ == kUnlimited) {
    held_.insert(key);
    ++lanes_[key.ns].held;
    return true;
  }
  Lane& lane = lanes_[key.ns];
  const auto waits = waiting_.emplace(key, created).first;
  const Place place = &*waits;
  lane.waiting.insert(place);
  // A free slot belongs to whose turn it is, whoever asks first.
  const std::vector<Place> turns = Turns();
  if (std::find(turns.begin(), turns.end(), place) == turns.end()) return false;
  lane.waiting.erase(place);
  waiting_.erase(waits);
  held_.insert(key);
  ++lane.held;
  return true;
}

void RunSlots::Hold(const RunKey& key) {
  const std::lock_guard lock(mutex_);
  if (held_.contains(key)) return;
  Drop(key);
  held_.insert(key);
  ++lanes_[key.ns].held;
}

bool RunSlots::Drop(const RunKey& key) {
  const auto found = lanes_.find(key.ns);
  if (found == lanes_.end()) return false;
  Lane& lane = found->second;
  const bool held = held_.erase(key) > 0;
  if (held) --lane.held;
  const auto waits = waiting_.find(key);
  const bool waited = waits != waiting_.end();
  if (waited) {
    lane.waiting.erase(&*waits);
    waiting_.erase(waits);
  }
  if (lane.held == 0 && lane.waiting.empty()) lanes_.erase(found);
  return held || waited;
}

std::vector<RunKey> RunSlots::Release(const RunKey& key) {
  const std::lock_guard lock(mutex_);
  std::vector<RunKey> next;
  if (!Drop(key)) return next;
  for (const Place turn : Turns()) next.push_back(turn->first);
  return next;
}

int RunSlots::held() const {
  const std::lock_guard lock(mutex_);
  return static_cast<int>(held_.size());
}

}  // namespace eventreactor
