// The adapter as another process sees it: calls of the services of whichever
// adapter runs, in the caller's task, for which either may die.
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "libs/service/grpc_status.h"
#include "services/dispatcher/adapter_client.h"
#include "tests/simulation/adapter_process.h"

namespace eventreactor::simulation {

class AdapterPort : public dispatcher::AdapterClient {
 public:
  // `current`: the adapter that runs, null while none does.
  using Current = std::function<std::shared_ptr<AdapterProcess>()>;
  AdapterPort(const Outside& outside, Current current)
      : outside_(outside), current_(std::move(current)) {}

  absl::StatusOr<Answers> Create(const v1::CreateBatchRequest& batch) override;
  absl::StatusOr<v1::Event> Record(const v1::Event& event) override;
  absl::Status MarkDispatched(const std::string& ns, const std::string& action,
                              const std::string& uid, bool limit_exceeded) override;
  absl::Status MarkRefused(const std::string& ns, const std::string& action, const std::string& uid,
                           const std::string& why) override;
  absl::StatusOr<v1::Pipeline> GetPipeline(const std::string& ns, const std::string& name) override;
  absl::StatusOr<std::vector<v1::PipelineIdentity>> Barrier(const std::string& ns) override;
  std::unique_ptr<dispatcher::PipelineWatch> WatchPipelines(
      const std::string& resource_version) override;
  // Not called by what is simulated.
  absl::StatusOr<v1::Event> GetEvent(const std::string& ns, const std::string& name) override;
  absl::StatusOr<v1::Action> GetAction(const std::string& ns, const std::string& name) override;
  absl::StatusOr<std::vector<v1::Action>> ListActions(const std::string& ns,
                                                      const std::string& event) override;

  // What users do.
  absl::StatusOr<v1::Pipeline> Apply(const v1::Pipeline& pipeline);
  absl::Status DeletePipeline(const std::string& ns, const std::string& name);
  absl::Status Cancel(const std::string& ns, const std::string& name);

 private:
  using Method = std::function<grpc::Status(AdapterProcess&, grpc::ServerContext&)>;
  absl::Status Ask(const char* what, const std::string& object, const Method& method);
  absl::Status Mark(const v1::MarkDispatchedRequest& request);

  const Outside outside_;
  const Current current_;
  // What a stale barrier goes on answering.
  std::map<std::string, std::vector<v1::PipelineIdentity>> first_answers_;
};

}  // namespace eventreactor::simulation
