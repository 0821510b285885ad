// reactorctl actions list: what ran.
#include <memory>

#include "absl/strings/str_cat.h"
#include "cli/commands/actions.h"
#include "cli/commands/list_items.h"
#include "cli/commands/pages.h"
#include "cli/commands/resources.h"
#include "eventreactor/v1/action_service.grpc.pb.h"

namespace eventreactor::cli {
namespace {

struct ListActionsOptions {
  std::string pipeline;
  std::string event;
  ListOptions list;
};

const ListKind& ActionKind() {
  static const auto* const kind =
      new ListKind{.columns = {{"NAME"},
                               {"PIPELINE"},
                               {"EVENT"},
                               {"STATUS"},
                               {"TOOK"},
                               {"AGE"},
                               {"STAGE", true},
                               {"UPSTREAM", true},
                               {"REASON", true},
                               {"STEPS", true}},
                   .sort_keys = {{"created", ".metadata.creationTimestamp"},
                                 {"name", ".metadata.name"},
                                 {"pipeline", ".spec.pipeline.name"},
                                 {"event", ".spec.event.name"},
                                 {"status", ".status.completion"},
                                 {"started", ".status.startTime"},
                                 {"ended", ".status.completionTime"}}};
  return *kind;
}

// "2/3": how many containers have ended.
std::string StepsText(const v1::ActionStatus& status) {
  int ended = 0;
  for (const auto& step : status.step_states()) ended += step.has_terminated() ? 1 : 0;
  return status.step_states_size() == 0 ? "" : absl::StrCat(ended, "/", status.step_states_size());
}

std::vector<Cell> ActionCells(const v1::Action& action) {
  const auto& metadata = action.metadata();
  const auto& spec = action.spec();
  return {metadata.name(),
          spec.pipeline().name(),
          spec.event().name(),
          StatusCell(action),
          TookText(action),
          Age(metadata.creation_timestamp(), metadata.has_creation_timestamp(), absl::Now()),
          std::to_string(spec.transaction().stage()),
          spec.upstream().name(),
          FindCondition(action.status().conditions(), "Succeeded").reason(),
          StepsText(action.status())};
}

absl::StatusOr<int> ListActions(const Globals& globals, const ListActionsOptions& options) {
  const auto client = Client::Open(globals);
  if (!client.ok()) return client.status();
  const auto stub = v1::ActionService::NewStub(client->adapter().channel());
  ListView view(ActionKind(), options.list);
  const ListEach<v1::Action> each = {
      &ActionCells, [&options](const v1::Action& action) {
        const auto& spec = action.spec();
        return (options.pipeline.empty() || spec.pipeline().name() == options.pipeline) &&
               (options.event.empty() || spec.event().name() == options.event);
      }};
  if (options.list.watch) {
    v1::ActionServiceWatchRequest watch;
    if (!options.list.all) watch.set_namespace_(globals.ns);
    watch.set_label_selector(options.list.selector);
    return EndOfWatch(FollowResources<v1::Action>(
        *client, *stub, &v1::ActionService::Stub::Watch, watch,
        [](v1::ActionServiceWatchResponse& change) { return change.mutable_action(); },
        WatchDeadline(globals), ShowChanges(view, each)));
  }
  v1::ActionServiceListRequest request;
  if (!options.list.all) request.set_namespace_(globals.ns);
  request.set_pipeline(options.pipeline);
  request.set_event(options.event);
  request.set_label_selector(options.list.selector);
  const auto actions = ReadPages<v1::Action>(
      *client, *stub, &v1::ActionService::Stub::List, request,
      [](v1::ActionServiceListResponse& page) { return page.mutable_actions(); });
  if (!actions.ok()) return actions.status();
  const bool filtered =
      !(options.pipeline.empty() && options.event.empty() && options.list.selector.empty());
  absl::Status shown = view.Show(ToItems(*actions, view, each),
                                 NoneText("Actions", globals.ns, options.list.all, filtered));
  if (!shown.ok()) return shown;
  return kOk;
}

}  // namespace

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

std::string TookText(const v1::Action& action) {
  const auto& status = action.status();
  if (!status.has_start_time()) return "";
  const absl::Time end =
      status.has_completion_time() ? ToTime(status.completion_time()) : absl::Now();
  return ShortDuration(end - ToTime(status.start_time()));
}

void AddListActions(CLI::App& actions, Session& session) {
  const auto options = std::make_shared<ListActionsOptions>();
  auto* command = AddCommand(actions, "list", "List Actions, oldest first",
                             "  $ reactorctl actions list -p build\n"
                             "  $ reactorctl actions list -e 0cjs1x9vkq3m7fw2a5tdz8ynhb -o name\n"
                             "  $ reactorctl actions list --sort-by=-started -o wide\n"
                             "  $ reactorctl actions list -l team=build --watch\n");
  command->add_option("-p,--pipeline", options->pipeline, "Only runs of this Pipeline");
  command->add_option("-e,--event", options->event, "Only what this Event led to");
  AddListOptions(*command, ActionKind(), options->list);
  command->callback([&session, options] {
    session.run = [&session, options] { return ListActions(session.globals, *options); };
  });
}

}  // namespace eventreactor::cli
