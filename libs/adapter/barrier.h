// Which Pipelines exist now: one consistent read serves everybody who began
// to wait before it did.
#pragma once

#include <condition_variable>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "eventreactor/v1/pipeline_service.pb.h"

namespace eventreactor {

// Thread-safe.
class Barrier {
 public:
  using Identities = absl::StatusOr<std::vector<v1::PipelineIdentity>>;
  using Read = std::function<Identities(const std::string& ns)>;

  explicit Barrier(Read read) : read_(std::move(read)) {}

  // The Pipelines of the namespace at a moment after this call began.
  std::shared_ptr<const Identities> Wait(const std::string& ns);

 private:
  // One read: those that wait for it share its result.
  struct Flight {
    std::shared_ptr<const Identities> result;
  };
  struct Runway {
    bool busy = false;
    // The read that newcomers wait for; it has not begun.
    std::shared_ptr<Flight> next;
  };

  const Read read_;
  std::mutex mutex_;
  std::condition_variable landed_;
  // Namespaces with somebody waiting.
  std::map<std::string, Runway> runways_;
};

}  // namespace eventreactor
