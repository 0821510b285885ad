#include "cli/commands/unfinished.h"

#include "cli/commands/pages.h"
#include "eventreactor/v1/action_service.grpc.pb.h"

namespace eventreactor::cli {

absl::StatusOr<std::vector<v1::Action>> UnfinishedActions(const Client& client) {
  const auto stub = v1::ActionService::NewStub(client.adapter().channel());
  v1::ActionServiceListRequest request;
  request.set_unfinished(true);
  request.set_page_size(500);
  return ReadPages<v1::Action>(
      client, *stub, &v1::ActionService::Stub::List, request,
      [](v1::ActionServiceListResponse& page) { return page.mutable_actions(); });
}

std::vector<std::string> RunningSteps(const v1::Action& action) {
  std::vector<std::string> steps;
  for (const auto& step : action.status().step_states()) {
    if (step.has_running()) steps.push_back(step.name());
  }
  return steps;
}

}  // namespace eventreactor::cli
