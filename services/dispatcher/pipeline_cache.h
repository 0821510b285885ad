// The Pipelines of all namespaces, kept up to date by a watch of the adapter
// that resumes where it broke off, and begins anew where it cannot.
// Thread-safe.
#pragma once

#include <atomic>
#include <condition_variable>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <thread>
#include <utility>

#include "services/dispatcher/adapter_client.h"
#include "services/dispatcher/view.h"

namespace eventreactor::dispatcher {

class PipelineCache {
 public:
  // Begins to watch, in a thread of its own. `adapter` must outlive it.
  explicit PipelineCache(AdapterClient& adapter);
  // Without a thread: it knows what calls of FollowOnce have seen.
  struct ByHand {};
  PipelineCache(AdapterClient& adapter, ByHand by_hand);
  // As Stop.
  ~PipelineCache();

  // True once everything that was there has been seen; it stays so.
  bool Ready() const;
  // Waits for it; false if Stop came first.
  bool WaitReady();

  // What is known now. Never null; what is in it does not change.
  std::shared_ptr<const View> Current() const;

  // One watch from its begin to its end, and why it ended; the next call goes on
  // where this one stopped. For one thread.
  absl::Status FollowOnce();

  // Ends the watch. Repeatable.
  void Stop();

 private:
  void Run();
  absl::Status Follow(PipelineWatch& watch);
  void Apply(const v1::PipelineServiceWatchResponse& change);
  void Publish(std::shared_ptr<const View> view);

  AdapterClient& adapter_;

  // Of whoever follows alone. Empty: begin anew, gathering what is there
  // until the first bookmark.
  std::string resource_version_;
  bool gathering_ = true;
  // By namespace and name.
  std::map<std::pair<std::string, std::string>, v1::Pipeline> gathered_;
  uint64_t failures_ = 0;

  mutable std::mutex mutex_;
  std::condition_variable changed_;
  bool ready_ = false;
  bool stopping_ = false;
  std::shared_ptr<const View> view_;
  std::shared_ptr<PipelineWatch> watch_;

  std::thread thread_;
};

}  // namespace eventreactor::dispatcher
