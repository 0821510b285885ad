// reactorctl events list: what happened.
#include <memory>

#include "cli/commands/events.h"
#include "cli/commands/list_items.h"
#include "cli/commands/pages.h"
#include "cli/commands/resources.h"
#include "eventreactor/v1/event_service.grpc.pb.h"

namespace eventreactor::cli {
namespace {

struct ListEventsOptions {
  std::string type;
  ListOptions list;
};

const ListKind& EventKind() {
  static const auto* const kind =
      new ListKind{.columns = {{"NAME"},
                               {"TYPE"},
                               {"SOURCE"},
                               {"MATCHES"},
                               {"AGE"},
                               {"ID", true},
                               {"SUBJECT", true},
                               {"CONTENT-TYPE", true},
                               {"TIME", true}},
                   .sort_keys = {{"created", ".metadata.creationTimestamp"},
                                 {"name", ".metadata.name"},
                                 {"type", ".spec.type"},
                                 {"source", ".spec.source"},
                                 {"time", ".spec.time"}}};
  return *kind;
}

int Matches(const v1::Event& event) {
  int matches = 0;
  for (const auto& decision : event.status().decisions()) matches += decision.matched() ? 1 : 0;
  return matches;
}

std::vector<Cell> EventCells(const v1::Event& event) {
  const auto& metadata = event.metadata();
  const auto& spec = event.spec();
  return {metadata.name(),
          spec.type(),
          spec.source(),
          std::to_string(Matches(event)),
          Age(metadata.creation_timestamp(), metadata.has_creation_timestamp(), absl::Now()),
          spec.id(),
          spec.subject(),
          spec.content_type(),
          spec.time()};
}

absl::StatusOr<int> ListEvents(const Globals& globals, const ListEventsOptions& options) {
  const auto client = Client::Open(globals);
  if (!client.ok()) return client.status();
  const auto stub = v1::EventService::NewStub(client->adapter().channel());
  ListView view(EventKind(), options.list);
  const ListEach<v1::Event> each = {&EventCells, [&options](const v1::Event& event) {
                                      return options.type.empty() ||
                                             event.spec().type() == options.type;
                                    }};
  if (options.list.watch) {
    v1::EventServiceWatchRequest watch;
    if (!options.list.all) watch.set_namespace_(globals.ns);
    watch.set_label_selector(options.list.selector);
    return EndOfWatch(FollowResources<v1::Event>(
        *client, *stub, &v1::EventService::Stub::Watch, watch,
        [](v1::EventServiceWatchResponse& change) { return change.mutable_event(); },
        WatchDeadline(globals), ShowChanges(view, each)));
  }
  v1::EventServiceListRequest request;
  if (!options.list.all) request.set_namespace_(globals.ns);
  request.set_type(options.type);
  request.set_label_selector(options.list.selector);
  const auto events = ReadPages<v1::Event>(
      *client, *stub, &v1::EventService::Stub::List, request,
      [](v1::EventServiceListResponse& page) { return page.mutable_events(); });
  if (!events.ok()) return events.status();
  const bool filtered = !(options.type.empty() && options.list.selector.empty());
  absl::Status shown = view.Show(ToItems(*events, view, each),
                                 NoneText("Events", globals.ns, options.list.all, filtered));
  if (!shown.ok()) return shown;
  return kOk;
}

}  // namespace

void AddListEvents(CLI::App& events, Session& session) {
  const auto options = std::make_shared<ListEventsOptions>();
  auto* command = AddCommand(
      events, "list", "List recorded Events, oldest first",
      "  $ reactorctl events list -t com.example.push\n"
      "  $ reactorctl events list -A -o json\n"
      "  $ reactorctl events list --sort-by=-created -o wide\n"
      "  $ reactorctl events list --watch -o name\n"
      "  $ reactorctl events list -o jsonpath='{range .items[*]}{.spec.id}{\"\\n\"}{end}'\n");
  command->add_option("-t,--type", options->type, "Only this CloudEvents type");
  AddListOptions(*command, EventKind(), options->list);
  command->callback([&session, options] {
    session.run = [&session, options] { return ListEvents(session.globals, *options); };
  });
}

}  // namespace eventreactor::cli
