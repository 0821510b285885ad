// Runs that somebody asks for: what is to run is looked up, and the request put
// on the bus, from where it is dispatched like everything else. Thread-safe.
#pragma once

#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "eventreactor/v1/dispatch_service.pb.h"
#include "libs/bus/bus.h"
#include "services/dispatcher/adapter_client.h"
#include "services/dispatcher/barrier.h"
#include "services/dispatcher/request.h"

namespace eventreactor::dispatcher {

// How many runs an answer lists.
inline constexpr int kMaxRuns = 1000;

class RunRequests {
 public:
  RunRequests(AdapterClient& adapter, PipelineBarrier& barrier, bus::Bus& bus)
      : adapter_(adapter), barrier_(barrier), bus_(bus) {}

  // As DispatchService has them; OK once the bus has stored the request.
  absl::Status Run(const v1::RunRequest& request, v1::RunResponse& response);
  absl::Status Replay(const v1::ReplayRequest& request, v1::ReplayResponse& response);

 private:
  // What `action` ran, and because of what.
  absl::StatusOr<v1::RunRequest> AsBefore(const std::string& ns, v1::RunRequest request);
  // The Pipeline as it is now.
  absl::StatusOr<std::shared_ptr<const Matcher>> FindPipeline(const std::string& ns,
                                                              const std::string& name);
  absl::Status RunEvent(const v1::RunRequest& request, const std::string& ns,
                        const Matcher& pipeline, v1::RunResponse& response);
  absl::Status RunAfter(const v1::RunRequest& request, const std::string& ns,
                        const Matcher& pipeline, v1::RunResponse& response);

  AdapterClient& adapter_;
  PipelineBarrier& barrier_;
  bus::Bus& bus_;
};

}  // namespace eventreactor::dispatcher
