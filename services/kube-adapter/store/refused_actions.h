// Ends Actions that our codec does not understand, which otherwise would wait
// for ever: as failed, with the reason. The reconciler, which lists and
// watches them on the leader, is how they are found.
#pragma once

#include <condition_variable>
#include <deque>
#include <mutex>
#include <string>
#include <thread>

#include "absl/status/status.h"
#include "absl/time/time.h"
#include "services/kube-adapter/kube/client.h"
#include "services/kube-adapter/store/refused_object.h"

namespace eventreactor::kube {

// Thread-safe.
class RefusedActions {
 public:
  // `client` is not owned.
  explicit RefusedActions(Client& client) : client_(client) {}
  // Stops.
  ~RefusedActions() { Stop(); }
  RefusedActions(const RefusedActions&) = delete;
  RefusedActions& operator=(const RefusedActions&) = delete;

  // For the leader, before its reconciler begins; again when leadership comes
  // back. What is told otherwise is not kept.
  void Start();
  void Stop();

  // What KubeStoreOptions::refused is to call; never waits.
  void Tell(const RefusedObject& object);

 private:
  void Run(const std::stop_token& stop);
  absl::Status Fail(const RefusedObject& object);

  Client& client_;
  std::mutex mutex_;
  std::condition_variable_any told_;
  bool running_ = false;
  std::deque<RefusedObject> queue_;
  std::jthread thread_;
};

}  // namespace eventreactor::kube
