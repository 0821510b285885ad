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
    // Of messages and decisions.
    size_t bytes = size_t{32} << 20;
    // What waits for longer is concluded by the steady thread, whoever creates.
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
  // What was taken and is not concluded: it is first again.
  void PutBack(Tasks tasks);
  // Whether anybody creates.
  bool creating() const;

  // Gives all that waits back to the bus, at once to another.
  void GiveBack();

 private:
  struct Waiting {
    std::unique_ptr<Task> task;
    size_t bytes = 0;
  };

  bool full() const { return waiting_.size() >= room_.tasks || bytes_ >= room_.bytes; }

  const Room room_;
  mutable std::mutex mutex_;
  std::condition_variable changed_;
  // The oldest first.
  std::deque<Waiting> waiting_;
  size_t bytes_ = 0;
  int creators_;
  int creating_ = 0;
};

}  // namespace eventreactor::dispatcher
