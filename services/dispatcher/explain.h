// Why an Event ran what it ran, and why not: what was stored when it was
// dispatched, and what the Pipelines of now would say. Thread-safe.
#pragma once

#include "absl/status/status.h"
#include "eventreactor/v1/dispatch_service.pb.h"
#include "services/dispatcher/adapter_client.h"
#include "services/dispatcher/barrier.h"
#include "services/dispatcher/pipeline_cache.h"

namespace eventreactor::dispatcher {

// How many decisions of now one answer has.
inline constexpr int kMaxCurrent = 1000;
// How many runs on request.
inline constexpr int kMaxRequested = 100;

class Explainer {
 public:
  Explainer(AdapterClient& adapter, const PipelineCache& cache, PipelineBarrier& barrier)
      : adapter_(adapter), cache_(cache), barrier_(barrier) {}

  // NOT_FOUND (EVENT_NOT_FOUND) if it is not recorded; NOT_FOUND
  // (PIPELINE_NOT_FOUND) if it is asked for one that nobody knows.
  absl::Status Explain(const v1::ExplainRequest& request, v1::ExplainResponse& response);

 private:
  AdapterClient& adapter_;
  const PipelineCache& cache_;
  PipelineBarrier& barrier_;
};

}  // namespace eventreactor::dispatcher
