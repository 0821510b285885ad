// reactorctl pipelines: which events, which containers.
#include "cli/commands/pipelines.h"

#include <memory>

#include "absl/time/clock.h"
#include "cli/commands/failures.h"
#include "cli/commands/requested_runs.h"
#include "cli/commands/resources.h"
#include "cli/errors.h"
#include "cli/manifest_files.h"
#include "cli/manifest_place.h"
#include "cli/validate/refusal.h"
#include "eventreactor/v1/pipeline_service.grpc.pb.h"

namespace eventreactor::cli {
namespace {

using PipelinesStub = v1::PipelineService::Stub;

std::string ResultWord(v1::ApplyResult result) {
  switch (result) {
    case v1::APPLY_RESULT_CREATED:
      return "created";
    case v1::APPLY_RESULT_CONFIGURED:
      return "configured";
    case v1::APPLY_RESULT_UNCHANGED:
      return "unchanged";
    default:
      return "applied";
  }
}

absl::StatusOr<int> ApplyPipelines(const Globals& globals, const std::vector<std::string>& paths,
                                   Format format) {
  const auto texts = ReadManifestTexts(paths);
  if (!texts.ok()) return texts.status();
  // All of them before the first is sent: nothing is half applied.
  if (absl::Status status = CheckManifests(*texts, paths, globals.ns); !status.ok()) return status;
  const auto pipelines = ReadPipelines(*texts, globals.ns, globals.ns_given);
  if (!pipelines.ok()) return pipelines.status();
  const auto client = Client::Open(globals);
  if (!client.ok()) return client.status();
  const auto stub = v1::PipelineService::NewStub(client->adapter().channel());
  std::vector<v1::Pipeline> applied;
  for (const auto& [pipeline, file, document] : *pipelines) {
    v1::ApplyRequest request;
    *request.mutable_pipeline() = pipeline;
    const auto response = client->Call(client->adapter(), *stub, &PipelinesStub::Apply, request);
    if (absl::IsInvalidArgument(response.status())) {
      return AtPlace(file, document, response.status());
    }
    if (!response.ok()) return response.status();
    if (format == Format::kPeople) {
      Print("pipeline " + response->pipeline().metadata().name() + " " +
            ResultWord(response->result()) + "\n");
    }
    applied.push_back(response->pipeline());
  }
  if (format != Format::kPeople) PrintList(applied, format);
  return kOk;
}

std::string Describe(const v1::Pipeline& pipeline) {
  const auto& metadata = pipeline.metadata();
  const auto& trigger = pipeline.spec().trigger();
  Fields fields;
  fields.Add("Name", metadata.name());
  fields.Add("Namespace", metadata.namespace_());
  fields.Add("Labels", PairsText(metadata.labels()));
  fields.Add("Created", TimeText(metadata.creation_timestamp()));
  fields.Add("Generation", std::to_string(metadata.generation()));
  fields.Add("Trigger", TriggerText(trigger));
  fields.Add("Source pattern", trigger.event().source_pattern());
  if (trigger.has_pipeline()) {
    fields.Add("Selector", PairsText(trigger.pipeline().selector().match_labels()));
  }
  fields.Add("Steps", std::to_string(pipeline.spec().build().steps_size()));
  fields.Add("Timeout", pipeline.spec().build().timeout());
  for (const auto& condition : pipeline.status().conditions()) {
    fields.Add(condition.type(),
               condition.status() + " (" + condition.reason() + ": " + condition.message() + ")");
  }
  return fields.Text();
}

absl::StatusOr<int> GetPipeline(const Globals& globals, const std::string& name,
                                const Output& output) {
  const auto client = Client::Open(globals);
  if (!client.ok()) return client.status();
  const auto stub = v1::PipelineService::NewStub(client->adapter().channel());
  v1::PipelineServiceGetRequest request;
  request.set_namespace_(globals.ns);
  request.set_name(name);
  const auto response = client->Call(client->adapter(), *stub, &PipelinesStub::Get, request);
  if (!response.ok()) return response.status();
  if (!output.ForPeople()) {
    absl::Status printed = PrintOneAs(response->pipeline(), output);
    if (!printed.ok()) return printed;
    return kOk;
  }
  Print(Describe(response->pipeline()));
  return kOk;
}

absl::StatusOr<int> DeletePipelines(const Globals& globals, const std::vector<std::string>& names,
                                    const std::vector<std::string>& paths) {
  if (names.empty() == paths.empty()) {
    return UsageError("say which Pipelines: by NAME, or by -f FILE");
  }
  std::vector<std::pair<std::string, std::string>> targets;
  targets.reserve(names.size());
  for (const auto& name : names) targets.emplace_back(globals.ns, name);
  const auto texts = ReadManifestTexts(paths);
  if (!texts.ok()) return texts.status();
  const auto pipelines = ReadPipelines(*texts, globals.ns, globals.ns_given);
  if (!pipelines.ok()) return pipelines.status();
  for (const auto& found : *pipelines) {
    const auto& metadata = found.pipeline.metadata();
    targets.emplace_back(metadata.namespace_(), metadata.name());
  }
  const auto client = Client::Open(globals);
  if (!client.ok()) return client.status();
  const auto stub = v1::PipelineService::NewStub(client->adapter().channel());
  Failures failures;
  for (const auto& [ns, name] : targets) {
    v1::PipelineServiceDeleteRequest request;
    request.set_namespace_(ns);
    request.set_name(name);
    const auto response = client->Call(client->adapter(), *stub, &PipelinesStub::Delete, request);
    if (response.ok()) Print("pipeline " + name + " deleted\n");
    if (!failures.GoOn(response.status())) break;
  }
  return failures.Tell(globals.TargetFlag());
}

void AddApply(CLI::App& pipelines, Session& session) {
  struct Options {
    std::vector<std::string> paths;
    Format format = Format::kPeople;
  };
  const auto options = std::make_shared<Options>();
  auto* command = AddCommand(pipelines, "apply", "Create Pipelines, or replace their specs",
                             "  $ reactorctl pipelines apply -f build.yaml -f notify.yaml\n"
                             "  $ reactorctl pipelines apply -f pipelines/\n"
                             "  $ generate | reactorctl -n team-a pipelines apply -f -\n");
  command->add_option("-f,--file", options->paths, "A manifest, a directory of them, or -")
      ->required()
      ->expected(1)
      ->take_all();
  AddOutput(*command, options->format);
  // As it is called in the original.
  command->alias("set");
  command->callback([&session, options] {
    session.run = [&session, options] {
      return ApplyPipelines(session.globals, options->paths, options->format);
    };
  });
}

void AddGetPipeline(CLI::App& pipelines, Session& session) {
  struct Options {
    std::string name;
    Output output;
  };
  const auto options = std::make_shared<Options>();
  auto* command = AddCommand(pipelines, "get", "Show one Pipeline",
                             "  $ reactorctl pipelines get build\n"
                             "  $ reactorctl pipelines get build -o yaml > build.yaml\n");
  command->add_option("NAME", options->name, "The Pipeline's name")->required();
  AddOutput(*command, options->output, {});
  command->callback([&session, options] {
    session.run = [&session, options] {
      return GetPipeline(session.globals, options->name, options->output);
    };
  });
}

void AddDelete(CLI::App& pipelines, Session& session) {
  struct Options {
    std::vector<std::string> names;
    std::vector<std::string> paths;
  };
  const auto options = std::make_shared<Options>();
  auto* command = AddCommand(pipelines, "delete", "Delete Pipelines; their Actions stay",
                             "  $ reactorctl pipelines delete build notify\n"
                             "  $ reactorctl pipelines delete -f pipelines/\n");
  command->add_option("NAME", options->names, "The Pipelines' names");
  command->add_option("-f,--file", options->paths, "A manifest, a directory of them, or -")
      ->expected(1)
      ->take_all();
  command->callback([&session, options] {
    session.run = [&session, options] {
      return DeletePipelines(session.globals, options->names, options->paths);
    };
  });
}

}  // namespace

void AddPipelines(CLI::App& app, Session& session) {
  auto* pipelines = AddCommand(app, "pipelines", "Which events, which containers",
                               "  $ reactorctl pipelines apply -f build.yaml\n"
                               "  $ reactorctl pipelines list\n");
  pipelines->require_subcommand(1);
  AddApply(*pipelines, session);
  AddValidate(*pipelines, session);
  AddListPipelines(*pipelines, session);
  AddGetPipeline(*pipelines, session);
  AddRunPipeline(*pipelines, session);
  AddDelete(*pipelines, session);
}

}  // namespace eventreactor::cli
