// reactorctl actions: what ran.
#include "cli/commands/actions.h"

#include <memory>

#include "cli/commands/requested_runs.h"
#include "cli/commands/resources.h"
#include "cli/errors.h"
#include "eventreactor/v1/action_service.grpc.pb.h"

namespace eventreactor::cli {
namespace {

using ActionsStub = v1::ActionService::Stub;

std::string StepText(const v1::StepState& step) {
  if (step.has_terminated()) {
    std::string text = "exited " + std::to_string(step.terminated().exit_code());
    const std::string& reason = step.terminated().reason();
    if (!reason.empty() && reason != "Completed") text += " (" + reason + ")";
    return text;
  }
  if (step.has_running()) return "running";
  const std::string& reason = step.waiting().reason();
  return reason.empty() ? "waiting" : "waiting (" + reason + ")";
}

std::string Describe(const v1::Action& action) {
  const auto& metadata = action.metadata();
  const auto& spec = action.spec();
  const auto& status = action.status();
  const auto succeeded = FindCondition(status.conditions(), "Succeeded");
  Fields fields;
  fields.Add("Name", metadata.name());
  fields.Add("Namespace", metadata.namespace_());
  fields.Add("Status", StatusCell(action).text);
  fields.Add("Reason", succeeded.reason());
  fields.Add("Message", succeeded.message());
  fields.Add("Pipeline", spec.pipeline().name() + " (generation " +
                             std::to_string(spec.pipeline().generation()) + ")");
  fields.Add("Event", spec.event().name() + " (" + spec.event().type() + " from " +
                          spec.event().source() + ")");
  if (spec.has_upstream()) {
    fields.Add("Upstream", spec.upstream().name() + " (" + spec.upstream().pipeline() + ", " +
                               CompletionWord(spec.upstream().status()) + ")");
  }
  fields.Add("Transaction",
             spec.transaction().id() + ", stage " + std::to_string(spec.transaction().stage()));
  fields.Add("Labels", PairsText(metadata.labels()));
  fields.Add("Created", TimeText(metadata.creation_timestamp()));
  if (status.has_start_time()) fields.Add("Started", TimeText(status.start_time()));
  if (status.has_completion_time()) fields.Add("Ended", TimeText(status.completion_time()));
  for (const auto& step : status.step_states()) {
    fields.Add("Step " + Printable(step.name()), StepText(step));
  }
  return fields.Text();
}

absl::StatusOr<int> GetAction(const Globals& globals, const std::string& name,
                              const Output& output) {
  const auto client = Client::Open(globals);
  if (!client.ok()) return client.status();
  const auto stub = v1::ActionService::NewStub(client->adapter().channel());
  v1::ActionServiceGetRequest request;
  request.set_namespace_(globals.ns);
  request.set_name(name);
  const auto response = client->Call(client->adapter(), *stub, &ActionsStub::Get, request);
  if (!response.ok()) return response.status();
  if (!output.ForPeople()) {
    absl::Status printed = PrintOneAs(response->action(), output);
    if (!printed.ok()) return printed;
    return kOk;
  }
  Print(Describe(response->action()));
  return kOk;
}

void AddGetAction(CLI::App& actions, Session& session) {
  struct Options {
    std::string name;
    Output output;
  };
  const auto options = std::make_shared<Options>();
  auto* command = AddCommand(actions, "get", "Show one Action",
                             "  $ reactorctl actions get 0cjs1x9vkq3m7fw2a5tdz8ynhb\n"
                             "  $ reactorctl actions get 0cjs1x9vkq3m7fw2a5tdz8ynhb -o json\n");
  command->add_option("NAME", options->name, "The Action's name")->required();
  AddOutput(*command, options->output, {});
  command->callback([&session, options] {
    session.run = [&session, options] {
      return GetAction(session.globals, options->name, options->output);
    };
  });
}

}  // namespace

std::string CompletionWord(v1::Completion completion) {
  switch (completion) {
    case v1::COMPLETION_SUCCESS:
      return "success";
    case v1::COMPLETION_FAILURE:
      return "failure";
    case v1::COMPLETION_NEUTRAL:
      return "neutral";
    case v1::COMPLETION_UNKNOWN:
      return "unknown";
    default:
      return "";
  }
}

void AddActions(CLI::App& app, Session& session) {
  auto* actions = AddCommand(app, "actions", "What ran",
                             "  $ reactorctl actions list\n"
                             "  $ reactorctl actions logs -f 0cjs1x9vkq3m7fw2a5tdz8ynhb\n");
  actions->require_subcommand(1);
  AddListActions(*actions, session);
  AddGetAction(*actions, session);
  AddLogs(*actions, session);
  AddWait(*actions, session);
  AddWatch(*actions, session);
  AddRerun(*actions, session);
  AddCancel(*actions, session);
  AddDeleteActions(*actions, session);
}

}  // namespace eventreactor::cli
