#include "libs/adapter/run_slots.h"

#include <algorithm>
#include <iterator>

namespace eventreactor {

size_t RunSlots::Free() const {
  const auto most = static_cast<size_t>(most_);
  return held_.size() >= most ? 0 : most - held_.size();
}

bool RunSlots::Acquire(const RunKey& key, absl::Time created) {
  const std::lock_guard lock(mutex_);
  if (held_.contains(key)) return true;
  const auto place = waiting_.emplace(created, key).first;
  // Free slots belong to the oldest that wait, whoever asks first.
  auto last = waiting_.begin();
  std::advance(last, static_cast<ptrdiff_t>(std::min(Free(), waiting_.size())));
  const bool turn = last == waiting_.end() || *place < *last;
  if (!turn) return false;
  waiting_.erase(place);
  held_.insert(key);
  return true;
}

void RunSlots::Hold(const RunKey& key) {
  const std::lock_guard lock(mutex_);
  if (held_.contains(key)) return;
  std::erase_if(waiting_, [&](const auto& waiting) { return waiting.second == key; });
  held_.insert(key);
}

std::vector<RunKey> RunSlots::Release(const RunKey& key) {
  const std::lock_guard lock(mutex_);
  const size_t released = held_.erase(key) + std::erase_if(waiting_, [&](const auto& waiting) {
                            return waiting.second == key;
                          });
  std::vector<RunKey> next;
  if (released == 0) return next;
  const size_t free = Free();
  for (const auto& [created, waiting] : waiting_) {
    if (next.size() >= free) break;
    next.push_back(waiting);
  }
  return next;
}

int RunSlots::held() const {
  const std::lock_guard lock(mutex_);
  return static_cast<int>(held_.size());
}

}  // namespace eventreactor
