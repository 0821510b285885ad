#include "libs/adapter/barrier.h"

#include <utility>

namespace eventreactor {

std::shared_ptr<const Barrier::Identities> Barrier::Wait(const std::string& ns) {
  std::unique_lock lock(mutex_);
  std::shared_ptr<Flight> mine = runways_[ns].next;
  if (mine == nullptr) mine = runways_[ns].next = std::make_shared<Flight>();
  landed_.wait(lock, [&] { return mine->result != nullptr || !runways_[ns].busy; });
  if (mine->result != nullptr) return mine->result;

  // First to see the runway free: this thread reads for all who wait.
  runways_[ns].busy = true;
  runways_[ns].next.reset();
  lock.unlock();
  auto result = std::make_shared<const Identities>(read_(ns));
  lock.lock();
  mine->result = result;
  Runway& runway = runways_[ns];
  runway.busy = false;
  if (runway.next == nullptr) runways_.erase(ns);
  landed_.notify_all();
  return result;
}

}  // namespace eventreactor
