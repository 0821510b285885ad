// What has its Actions and is still to be concluded: between the threads that
// create and those that conclude. Creation goes first, so that a burst has its
// Actions soon and its records after: while anybody creates nobody concludes,
// and where that takes long, one thread alone. Bounded: when it is full,
// creation waits. Thread-safe.
#pragma once

#include <condition_variable>
#include <cstddef>
#include <deque>
#include <mutex>

#include "absl/time/time.h"
#include "services/dispatcher/task.h"

namespace eventreactor::dispatcher {

class Backlog {
 public:
  struct Room {
    size_t tasks = 4096;
    // Of payloads.
    size_t bytes = size_t{32} << 20;
    // Creation goes on for so long before the steady thread concludes beside it.
    absl::Duration patience = absl::Seconds(5);
  };

  // Of so many threads that create.
  explicit Backlog(int creators) : Backlog(creators, Room{}) {}
  Backlog(int creators, Room room) : room_(room), creators_(creators) {}

  // A creator begins with what it fetched …
  void Begin();
  // … and hands it over; waits while there is no room.
  void Put(Tasks tasks);
  // A creator has ended.
  void Leave();

  // The oldest, as many as one thread may conclude at once. Waits for them, and
  // while anybody creates, the `steady` thread as long as its patience lasts.
  // Empty: nothing will come any more.
  Tasks Take(bool steady);
  // Waits while anybody creates.
  void Yield();

 private:
  bool full() const { return waiting_.size() >= room_.tasks || bytes_ >= room_.bytes; }

  const Room room_;
  std::mutex mutex_;
  std::condition_variable changed_;
  std::deque<std::unique_ptr<Task>> waiting_;
  size_t bytes_ = 0;
  int creators_;
  int creating_ = 0;
  // When somebody began to create while nobody did.
  absl::Time busy_since_;
};

}  // namespace eventreactor::dispatcher
