// reactorctl pipelines list: which events, which containers.
#include <memory>

#include "cli/commands/list_items.h"
#include "cli/commands/pages.h"
#include "cli/commands/pipelines.h"
#include "cli/commands/resources.h"
#include "eventreactor/v1/pipeline_service.grpc.pb.h"

namespace eventreactor::cli {
namespace {

struct ListPipelinesOptions {
  std::string type;
  ListOptions list;
};

const ListKind& PipelineKind() {
  static const auto* const kind =
      new ListKind{.columns = {{"NAME"},
                               {"TRIGGER"},
                               {"READY"},
                               {"AGE"},
                               {"GENERATION", true},
                               {"STEPS", true},
                               {"TIMEOUT", true},
                               {"LABELS", true}},
                   .sort_keys = {{"name", ".metadata.name"},
                                 {"created", ".metadata.creationTimestamp"},
                                 {"type", ".spec.trigger.event.type"},
                                 {"upstream", ".spec.trigger.pipeline.name"}},
                   .by_age = false};
  return *kind;
}

Cell ReadyCell(const v1::Pipeline& pipeline) {
  const auto ready = FindCondition(pipeline.status().conditions(), "Ready");
  if (ready.status() == "False") return {"False (" + ready.reason() + ")", Colour::kRed};
  return {ready.status().empty() ? "-" : ready.status()};
}

std::vector<Cell> PipelineCells(const v1::Pipeline& pipeline) {
  const auto& metadata = pipeline.metadata();
  const auto& build = pipeline.spec().build();
  return {metadata.name(),
          TriggerText(pipeline.spec().trigger()),
          ReadyCell(pipeline),
          Age(metadata.creation_timestamp(), metadata.has_creation_timestamp(), absl::Now()),
          std::to_string(metadata.generation()),
          std::to_string(build.steps_size()),
          build.timeout(),
          PairsText(metadata.labels())};
}

absl::StatusOr<int> ListPipelines(const Globals& globals, const ListPipelinesOptions& options) {
  const auto client = Client::Open(globals);
  if (!client.ok()) return client.status();
  const auto stub = v1::PipelineService::NewStub(client->adapter().channel());
  ListView view(PipelineKind(), options.list);
  // Not by the label: a type that is no label value has none.
  const ListEach<v1::Pipeline> each = {
      &PipelineCells, [&options](const v1::Pipeline& pipeline) {
        return options.type.empty() || pipeline.spec().trigger().event().type() == options.type;
      }};
  if (options.list.watch) {
    v1::PipelineServiceWatchRequest watch;
    if (!options.list.all) watch.set_namespace_(globals.ns);
    watch.set_label_selector(options.list.selector);
    return EndOfWatch(FollowResources<v1::Pipeline>(
        *client, *stub, &v1::PipelineService::Stub::Watch, watch,
        [](v1::PipelineServiceWatchResponse& change) { return change.mutable_pipeline(); },
        WatchDeadline(globals), ShowChanges(view, each)));
  }
  v1::PipelineServiceListRequest request;
  if (!options.list.all) request.set_namespace_(globals.ns);
  request.set_label_selector(options.list.selector);
  const auto pipelines = ReadPages<v1::Pipeline>(
      *client, *stub, &v1::PipelineService::Stub::List, request,
      [](v1::PipelineServiceListResponse& page) { return page.mutable_pipelines(); });
  if (!pipelines.ok()) return pipelines.status();
  const bool filtered = !(options.type.empty() && options.list.selector.empty());
  absl::Status shown = view.Show(ToItems(*pipelines, view, each),
                                 NoneText("Pipelines", globals.ns, options.list.all, filtered));
  if (!shown.ok()) return shown;
  return kOk;
}

}  // namespace

std::string TriggerText(const v1::Trigger& trigger) {
  if (trigger.has_event()) return "event " + trigger.event().type();
  const std::string& name = trigger.pipeline().name();
  return "pipeline " + (name.empty() ? "(any)" : name);
}

void AddListPipelines(CLI::App& pipelines, Session& session) {
  const auto options = std::make_shared<ListPipelinesOptions>();
  auto* command = AddCommand(pipelines, "list", "List Pipelines",
                             "  $ reactorctl pipelines list\n"
                             "  $ reactorctl pipelines list -t com.example.push\n"
                             "  $ reactorctl pipelines list -A -l team=build -o name\n"
                             "  $ reactorctl pipelines list --sort-by=-created -o wide\n");
  command->add_option("-t,--type", options->type,
                      "Only those that Events of this CloudEvents type trigger");
  AddListOptions(*command, PipelineKind(), options->list);
  command->callback([&session, options] {
    session.run = [&session, options] { return ListPipelines(session.globals, *options); };
  });
}

}  // namespace eventreactor::cli
