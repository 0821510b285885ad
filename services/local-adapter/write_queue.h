// Group commit: writes that arrive while one commits share the next commit,
// so that a burst costs few syncs and a lone write waits for nobody.
#pragma once

#include <condition_variable>
#include <deque>
#include <functional>
#include <memory>
#include <mutex>
#include <vector>

#include "absl/status/status.h"
#include "services/local-adapter/sqlite.h"

namespace eventreactor::local {

// Thread-safe.
class WriteQueue {
 public:
  using Work = std::function<absl::Status(Connection&)>;

  // `committed` is called after each commit, before its writers return.
  WriteQueue(std::unique_ptr<Connection> connection, std::function<void(Connection&)> committed)
      : connection_(std::move(connection)), committed_(std::move(committed)) {}

  // Runs `work` within a transaction, on some caller's thread; an error of
  // its own undoes its part and no other's. Returns once all is stored, or
  // nothing of it.
  absl::Status Run(const Work& work);

 private:
  struct Waiting {
    const Work* work = nullptr;
    absl::Status status;
    bool done = false;
    std::condition_variable turn;
  };

  void RunBatch(const std::vector<Waiting*>& batch);
  void RunOne(Waiting& waiting);

  // Used by whoever is at the queue's front.
  const std::unique_ptr<Connection> connection_;
  const std::function<void(Connection&)> committed_;

  std::mutex mutex_;
  std::deque<Waiting*> queue_;
};

}  // namespace eventreactor::local
