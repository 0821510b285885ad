// What has its Actions and is still to be concluded: between the threads that
// create and those that conclude. Creation goes first, so that a burst has its
// Actions soon and its records after: while anybody creates, one thread alone
// concludes. Bounded: when it is full, creation waits. Thread-safe.
#pragma once

#include <condition_variable>
#include <cstddef>
#include <deque>
#include <mutex>

#include "services/dispatcher/task.h"

namespace eventreactor::dispatcher {

class Backlog {
 public:
  struct Room {
    size_t tasks = 4096;
    // Of payloads.
    size_t bytes = size_t{32} << 20;
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
  // while anybody creates, unless it is the `steady` thread that asks. Empty:
  // nothing will come any more.
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
};

}  // namespace eventreactor::dispatcher
