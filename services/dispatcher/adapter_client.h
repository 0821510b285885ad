// The adapter, as the dispatcher needs it: where Actions are created, Events
// recorded and Pipelines found. `grpc_adapter.h` has the implementation,
// `fake_adapter.h` one in memory that behaves, for tests.
//
// Every call may be repeated. Thread-safe.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "eventreactor/v1/action.pb.h"
#include "eventreactor/v1/action_service.pb.h"
#include "eventreactor/v1/event.pb.h"
#include "eventreactor/v1/pipeline_service.pb.h"

namespace eventreactor::dispatcher {

// A watch of the Pipelines of all namespaces. For one thread, but Cancel.
class PipelineWatch {
 public:
  virtual ~PipelineWatch() = default;
  // Waits for the next change; false when the watch has ended.
  virtual bool Next(v1::PipelineServiceWatchResponse& change) = 0;
  // Why it ended; OUT_OF_RANGE (VERSION_EXPIRED): begin anew.
  virtual absl::Status Finish() = 0;
  // Ends it, from any thread.
  virtual void Cancel() = 0;
};

class AdapterClient {
 public:
  virtual ~AdapterClient() = default;

  // An answer for each request, in their order: true if the Action was
  // created, false if it was there from the same cause. FAILED_PRECONDITION
  // (ALREADY_DISPATCHED): its cause was dispatched before, and nothing more is
  // created for it but on request.
  using Answers = std::vector<absl::StatusOr<bool>>;
  virtual absl::StatusOr<Answers> Create(const v1::CreateBatchRequest& batch) = 0;
  // The Event as stored.
  virtual absl::StatusOr<v1::Event> Record(const v1::Event& event) = 0;
  // `limit_exceeded`: its chain stops at it, though a Pipeline matched.
  virtual absl::Status MarkDispatched(const std::string& ns, const std::string& action,
                                      const std::string& uid, bool limit_exceeded) = 0;
  // That it triggers nothing, and why in words.
  virtual absl::Status MarkRefused(const std::string& ns, const std::string& action,
                                   const std::string& uid, const std::string& why) = 0;
  virtual absl::StatusOr<v1::Event> GetEvent(const std::string& ns, const std::string& name) = 0;
  virtual absl::StatusOr<v1::Action> GetAction(const std::string& ns, const std::string& name) = 0;
  // What an Event led to, in short; the first page of it.
  virtual absl::StatusOr<std::vector<v1::Action>> ListActions(const std::string& ns,
                                                              const std::string& event) = 0;
  virtual absl::StatusOr<v1::Pipeline> GetPipeline(const std::string& ns,
                                                   const std::string& name) = 0;
  // All Pipelines of a namespace as they are at a moment after the call began.
  virtual absl::StatusOr<std::vector<v1::PipelineIdentity>> Barrier(const std::string& ns) = 0;
  // Resumes after `resource_version`; empty: begins with what is there.
  virtual std::unique_ptr<PipelineWatch> WatchPipelines(const std::string& resource_version) = 0;
};

}  // namespace eventreactor::dispatcher
