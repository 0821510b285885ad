// reactorctl actions: what ran.
#include "cli/commands/actions.h"

#include <memory>

#include "absl/time/clock.h"
#include "cli/commands/pages.h"
#include "cli/commands/resources.h"
#include "cli/errors.h"
#include "eventreactor/v1/action_service.grpc.pb.h"

namespace eventreactor::cli {
namespace {

using ActionsStub = v1::ActionService::Stub;

struct ListActionsOptions {
  std::string pipeline;
  std::string event;
  std::string selector;
  bool all = false;
  Format format = Format::kPeople;
};

// One word: how it ended, or what it is waiting for.
Cell StatusCell(const v1::Action& action) {
  const auto completion = action.status().completion();
  const std::string word = CompletionWord(completion);
  switch (completion) {
    case v1::COMPLETION_SUCCESS:
      return {word, Colour::kGreen};
    case v1::COMPLETION_FAILURE:
      return {word, Colour::kRed};
    case v1::COMPLETION_NEUTRAL:
    case v1::COMPLETION_UNKNOWN:
      return {word, Colour::kYellow};
    default:
      break;
  }
  const auto succeeded = FindCondition(action.status().conditions(), "Succeeded");
  return {succeeded.reason().empty() ? "Pending" : succeeded.reason()};
}

std::string Took(const v1::Action& action) {
  const auto& status = action.status();
  if (!status.has_start_time()) return "";
  const absl::Time end =
      status.has_completion_time() ? ToTime(status.completion_time()) : absl::Now();
  return ShortDuration(end - ToTime(status.start_time()));
}

absl::StatusOr<int> ListActions(const Globals& globals, const ListActionsOptions& options) {
  const auto client = Client::Open(globals);
  if (!client.ok()) return client.status();
  const auto stub = v1::ActionService::NewStub(client->adapter().channel());
  v1::ActionServiceListRequest request;
  if (!options.all) request.set_namespace_(globals.ns);
  request.set_pipeline(options.pipeline);
  request.set_event(options.event);
  request.set_label_selector(options.selector);
  const auto actions = ReadPages<v1::Action>(
      *client, *stub, &ActionsStub::List, request,
      [](v1::ActionServiceListResponse& page) { return page.mutable_actions(); });
  if (!actions.ok()) return actions.status();
  if (options.format != Format::kPeople) {
    PrintList(*actions, options.format);
    return kOk;
  }
  std::vector<std::string> headers = {"NAME", "PIPELINE", "EVENT", "STATUS", "TOOK", "AGE"};
  if (options.all) headers.insert(headers.begin(), "NAMESPACE");
  Table table(headers);
  for (const auto& action : *actions) {
    const auto& metadata = action.metadata();
    std::vector<Cell> row = {
        metadata.name(),
        action.spec().pipeline().name(),
        action.spec().event().name(),
        StatusCell(action),
        Took(action),
        Age(metadata.creation_timestamp(), metadata.has_creation_timestamp(), absl::Now())};
    if (options.all) row.insert(row.begin(), metadata.namespace_());
    table.Add(std::move(row));
  }
  const bool filtered =
      !(options.pipeline.empty() && options.event.empty() && options.selector.empty());
  if (table.empty()) Talk(NoneText("Actions", globals.ns, options.all, filtered));
  if (!table.empty()) Print(table.Text());
  return kOk;
}

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

absl::StatusOr<int> GetAction(const Globals& globals, const std::string& name, Format format) {
  const auto client = Client::Open(globals);
  if (!client.ok()) return client.status();
  const auto stub = v1::ActionService::NewStub(client->adapter().channel());
  v1::ActionServiceGetRequest request;
  request.set_namespace_(globals.ns);
  request.set_name(name);
  const auto response = client->Call(client->adapter(), *stub, &ActionsStub::Get, request);
  if (!response.ok()) return response.status();
  if (format == Format::kPeople) {
    Print(Describe(response->action()));
  } else {
    PrintOne(response->action(), format);
  }
  return kOk;
}

void AddListActions(CLI::App& actions, Session& session) {
  const auto options = std::make_shared<ListActionsOptions>();
  auto* command = AddCommand(actions, "list", "List Actions, oldest first",
                             "  $ reactorctl actions list -p build\n"
                             "  $ reactorctl actions list -e 0cjs1x9vkq3m7fw2a5tdz8ynhb -o name\n");
  command->add_option("-p,--pipeline", options->pipeline, "Only runs of this Pipeline");
  command->add_option("-e,--event", options->event, "Only what this Event led to");
  command->add_option("-l,--selector", options->selector, "A label selector, such as a=b,c!=d");
  AddAllNamespaces(*command, options->all);
  AddOutput(*command, options->format);
  command->callback([&session, options] {
    session.run = [&session, options] { return ListActions(session.globals, *options); };
  });
}

void AddGetAction(CLI::App& actions, Session& session) {
  struct Options {
    std::string name;
    Format format = Format::kPeople;
  };
  const auto options = std::make_shared<Options>();
  auto* command = AddCommand(actions, "get", "Show one Action",
                             "  $ reactorctl actions get 0cjs1x9vkq3m7fw2a5tdz8ynhb\n"
                             "  $ reactorctl actions get 0cjs1x9vkq3m7fw2a5tdz8ynhb -o json\n");
  command->add_option("NAME", options->name, "The Action's name")->required();
  AddOutput(*command, options->format);
  command->callback([&session, options] {
    session.run = [&session, options] {
      return GetAction(session.globals, options->name, options->format);
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
  AddCancel(*actions, session);
  AddDeleteActions(*actions, session);
}

}  // namespace eventreactor::cli
