// "Every Pipeline that was applied before now": the barrier behind which an
// Event may be called dispatched. One call to the adapter serves all that
// began to wait before it was sent, and calls of a namespace begin at least
// an interval apart. Thread-safe.
#pragma once

#include <condition_variable>
#include <map>
#include <memory>
#include <mutex>
#include <string>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "services/dispatcher/adapter_client.h"
#include "services/dispatcher/pipeline_cache.h"
#include "services/dispatcher/view.h"

namespace eventreactor::dispatcher {

class PipelineBarrier {
 public:
  PipelineBarrier(AdapterClient& adapter, const PipelineCache& cache, absl::Duration interval)
      : adapter_(adapter), cache_(cache), interval_(interval) {}

  // Waits for the answer to a call that is sent after this one began: a view
  // that lacks no Pipeline of the namespace that was stored before.
  absl::StatusOr<std::shared_ptr<const View>> Await(const std::string& ns);

 private:
  using Answer = absl::StatusOr<std::shared_ptr<const View>>;
  // The calls of one namespace.
  struct Lane {
    uint64_t sent = 0;      // calls begun
    uint64_t answered = 0;  // the last call that has ended
    bool busy = false;      // someone is about to call, or calls
    int waiting = 0;
    absl::Time last_sent = absl::InfinitePast();
    Answer answer = absl::UnknownError("not asked yet");
    // What the cache lacked, fetched by calls before; of the caller alone.
    std::map<std::string, v1::Pipeline> fetched;
  };

  Answer Ask(const std::string& ns, std::map<std::string, v1::Pipeline>& fetched);
  void DropIdleLanes();

  AdapterClient& adapter_;
  const PipelineCache& cache_;
  const absl::Duration interval_;

  std::mutex mutex_;
  std::condition_variable changed_;
  std::map<std::string, std::shared_ptr<Lane>> lanes_;
};

}  // namespace eventreactor::dispatcher
