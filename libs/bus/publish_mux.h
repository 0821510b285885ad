// The publishes under way: which callback waits for which answer, and until
// when. Knows no connection.
//
// Thread-safety: all methods may be called from any thread; the destructor
// not from a callback.
#pragma once

#include <condition_variable>
#include <map>
#include <mutex>
#include <string>
#include <thread>
#include <unordered_map>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "libs/bus/bus.h"

namespace eventreactor::bus {

class PublishMux {
 public:
  PublishMux();
  // Answers what is under way with BUS_DOWN, and waits for callbacks that it
  // calls itself.
  ~PublishMux();
  PublishMux(const PublishMux&) = delete;
  PublishMux& operator=(const PublishMux&) = delete;

  // Takes the callback until Answer, Fail or the deadline; returns the token
  // that the answer must name. Empty if the bound is reached: then `done` is
  // called with BUS_BUSY.
  std::string Add(absl::Duration timeout, Bus::PublishCallback done);

  // Calls the callback of the token from this thread; an unknown token (one
  // that is answered already) is ignored.
  void Answer(const std::string& token, absl::StatusOr<PublishAck> ack);

  // These call back from the mux's own thread, as the caller may hold locks.
  void Fail(const std::string& token, const absl::Status& status);
  void FailAll(const absl::Status& status);
  // For a publish that never got a token.
  void Refuse(Bus::PublishCallback done, const absl::Status& status);

 private:
  struct Waiting {
    Bus::PublishCallback done;
    std::multimap<absl::Time, uint64_t>::iterator deadline;
  };
  using WaitingMap = std::unordered_map<uint64_t, Waiting>;

  void Run();
  // With the lock held.
  Bus::PublishCallback Remove(WaitingMap::iterator it);
  void FailLater(Bus::PublishCallback done, const absl::Status& status);
  void ExpireDue();

  std::mutex mu_;
  std::condition_variable wake_;
  uint64_t next_token_ = 1;
  WaitingMap waiting_;
  std::multimap<absl::Time, uint64_t> deadlines_;
  std::vector<std::pair<Bus::PublishCallback, absl::Status>> failed_;
  bool stopping_ = false;
  std::thread thread_;
};

}  // namespace eventreactor::bus
