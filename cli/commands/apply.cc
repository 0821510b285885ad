// reactorctl apply, delete and documents: Pipelines together with what they
// refer to.
#include <algorithm>
#include <memory>
#include <nlohmann/json.hpp>
#include <variant>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "cli/command_line.h"
#include "cli/commands/ask_again.h"
#include "cli/commands/failures.h"
#include "cli/commands/list_view.h"
#include "cli/commands/pages.h"
#include "cli/commands/resources.h"
#include "cli/errors.h"
#include "cli/manifest_files.h"
#include "cli/manifest_place.h"
#include "cli/manifests.h"
#include "cli/validate/refusal.h"
#include "eventreactor/v1/document_service.grpc.pb.h"
#include "eventreactor/v1/pipeline_service.grpc.pb.h"
#include "libs/status/status.h"

namespace eventreactor::cli {
namespace {

using DocumentsStub = v1::DocumentService::Stub;

std::string AppliedWord(v1::ApplyResult result) {
  if (result == v1::APPLY_RESULT_CREATED) return "created";
  return result == v1::APPLY_RESULT_CONFIGURED ? "configured" : "unchanged";
}

absl::Status UseKubectl() {
  return MakeStatus(absl::StatusCode::kFailedPrecondition, "USE_KUBECTL",
                    "on Kubernetes, ConfigMaps, Secrets, ServiceAccounts and templates are its API "
                    "server's; use kubectl, such as `kubectl apply -f FILE`");
}

absl::Status InWords(const absl::Status& status) {
  return absl::IsUnimplemented(status) ? UseKubectl() : status;
}

bool IsOnKubernetes(const Globals& globals) {
  return globals.chosen && std::holds_alternative<KubernetesTarget>(globals.chosen->target);
}

// Calls both services; opened where something is to be sent.
class Applier {
 public:
  explicit Applier(const Client& client)
      : client_(client),
        documents_(v1::DocumentService::NewStub(client.adapter().channel())),
        pipelines_(v1::PipelineService::NewStub(client.adapter().channel())) {}

  absl::Status Apply(const FoundManifest& found) {
    return found.document ? ApplyDocument(*found.document) : ApplyPipeline(*found.pipeline);
  }

  absl::Status DeleteDocument(const std::string& kind, const std::string& ns,
                              const std::string& name) {
    v1::DocumentServiceDeleteRequest request;
    request.set_kind(kind);
    request.set_namespace_(ns);
    request.set_name(name);
    const auto response =
        client_.Call(client_.adapter(), *documents_, &DocumentsStub::Delete, request);
    if (!response.ok()) return InWords(response.status());
    Print(absl::StrCat(absl::AsciiStrToLower(kind), " ", name, " deleted\n"));
    return absl::OkStatus();
  }

  absl::Status Delete(const FoundManifest& found) {
    if (found.document) {
      const v1::ObjectMeta& metadata = found.document->metadata();
      return DeleteDocument(found.document->kind(), metadata.namespace_(), metadata.name());
    }
    v1::PipelineServiceDeleteRequest request;
    request.set_namespace_(found.pipeline->metadata().namespace_());
    request.set_name(found.pipeline->metadata().name());
    const auto response =
        client_.Call(client_.adapter(), *pipelines_, &v1::PipelineService::Stub::Delete, request);
    if (response.ok()) Print(absl::StrCat("pipeline ", request.name(), " deleted\n"));
    return response.status();
  }

 private:
  absl::Status ApplyDocument(const v1::Document& document) {
    v1::DocumentServiceApplyRequest request;
    *request.mutable_document() = document;
    const auto response =
        client_.Call(client_.adapter(), *documents_, &DocumentsStub::Apply, request);
    if (!response.ok()) return InWords(response.status());
    Print(absl::StrCat(absl::AsciiStrToLower(document.kind()), " ", document.metadata().name(), " ",
                       AppliedWord(response->result()), "\n"));
    return absl::OkStatus();
  }

  absl::Status ApplyPipeline(const v1::Pipeline& pipeline) {
    v1::ApplyRequest request;
    *request.mutable_pipeline() = pipeline;
    const auto response =
        client_.Call(client_.adapter(), *pipelines_, &v1::PipelineService::Stub::Apply, request);
    if (!response.ok()) return response.status();
    Print(absl::StrCat("pipeline ", pipeline.metadata().name(), " ",
                       AppliedWord(response->result()), "\n"));
    return absl::OkStatus();
  }

  const Client& client_;
  const std::unique_ptr<DocumentsStub> documents_;
  const std::unique_ptr<v1::PipelineService::Stub> pipelines_;
};

// What others refer to comes first.
std::vector<FoundManifest> DocumentsFirst(std::vector<FoundManifest> found) {
  std::stable_partition(found.begin(), found.end(),
                        [](const FoundManifest& each) { return each.document.has_value(); });
  return found;
}

absl::StatusOr<std::vector<FoundManifest>> ReadAll(const Globals& globals,
                                                   const std::vector<ManifestText>& texts) {
  auto read = ReadManifests(texts, globals.ns, globals.ns_given);
  if (!read.ok()) return read.status();
  std::vector<FoundManifest> found = DocumentsFirst(*std::move(read));
  const FoundManifest& first = found.front();
  if (first.document && IsOnKubernetes(globals)) {
    return AtPlace(first.file, first.source, UseKubectl());
  }
  return found;
}

absl::StatusOr<int> ApplyFiles(const Globals& globals, const std::vector<std::string>& paths) {
  const auto texts = ReadManifestTexts(paths);
  if (!texts.ok()) return texts.status();
  if (absl::Status status = CheckManifests(*texts, paths, globals.ns); !status.ok()) return status;
  const auto found = ReadAll(globals, *texts);
  if (!found.ok()) return found.status();
  const auto client = Client::Open(globals);
  if (!client.ok()) return client.status();
  Applier applier(*client);
  for (const FoundManifest& each : *found) {
    absl::Status status = applier.Apply(each);
    if (absl::IsInvalidArgument(status)) return AtPlace(each.file, each.source, status);
    if (!status.ok()) return status;
  }
  return kOk;
}

absl::StatusOr<int> DeleteFiles(const Globals& globals, const std::vector<std::string>& paths) {
  const auto texts = ReadManifestTexts(paths);
  if (!texts.ok()) return texts.status();
  const auto found = ReadAll(globals, *texts);
  if (!found.ok()) return found.status();
  const auto client = Client::Open(globals);
  if (!client.ok()) return client.status();
  Applier applier(*client);
  Failures failures;
  // What refers to others goes first.
  for (auto each = found->rbegin(); each != found->rend(); ++each) {
    if (!failures.GoOn(applier.Delete(*each))) break;
  }
  return failures.Tell(globals.TargetFlag());
}

struct ListDocumentsOptions {
  std::string kind;
  ListOptions list;
};

const ListKind& DocumentKind() {
  static const auto* const kind =
      new ListKind{.columns = {{"KIND"}, {"NAME"}, {"AGE"}, {"LABELS", true}},
                   .sort_keys = {{"kind", ".kind"},
                                 {"name", ".metadata.name"},
                                 {"created", ".metadata.creationTimestamp"}},
                   .by_age = false};
  return *kind;
}

ListItem DocumentItem(const v1::Document& document, bool with_manifest) {
  const v1::ObjectMeta& metadata = document.metadata();
  return {metadata.namespace_().empty() ? "-" : metadata.namespace_(),
          metadata.name(),
          ToTime(metadata.creation_timestamp()),
          {document.kind(), metadata.name(),
           Age(metadata.creation_timestamp(), metadata.has_creation_timestamp(), absl::Now()),
           PairsText(metadata.labels())},
          with_manifest ? DocumentToManifest(document) : nlohmann::json()};
}

absl::StatusOr<std::vector<ListItem>> ReadDocuments(const Client& client, DocumentsStub& stub,
                                                    const v1::DocumentServiceListRequest& request,
                                                    bool with_manifest) {
  const auto documents = ReadPages<v1::Document>(
      client, stub, &DocumentsStub::List, request,
      [](v1::DocumentServiceListResponse& page) { return page.mutable_documents(); });
  if (!documents.ok()) return InWords(documents.status());
  std::vector<ListItem> items;
  items.reserve(documents->size());
  for (const v1::Document& each : *documents) items.push_back(DocumentItem(each, with_manifest));
  return items;
}

absl::StatusOr<int> ListDocuments(const Globals& globals, const ListDocumentsOptions& options) {
  if (IsOnKubernetes(globals)) return UseKubectl();
  const auto client = Client::Open(globals);
  if (!client.ok()) return client.status();
  const auto stub = v1::DocumentService::NewStub(client->adapter().channel());
  v1::DocumentServiceListRequest request;
  request.set_kind(options.kind);
  request.set_label_selector(options.list.selector);
  if (!options.list.all) request.set_namespace_(globals.ns);
  ListView view(DocumentKind(), options.list);
  if (options.list.watch) {
    return WatchByAsking(globals, view,
                         [&] { return ReadDocuments(*client, *stub, request, true); });
  }
  auto items = ReadDocuments(*client, *stub, request, view.WantsManifests());
  if (!items.ok()) return items.status();
  const bool filtered = !(options.kind.empty() && options.list.selector.empty());
  absl::Status shown =
      view.Show(*std::move(items), NoneText("documents", globals.ns, options.list.all, filtered));
  if (!shown.ok()) return shown;
  return kOk;
}

struct OneDocumentOptions {
  std::string kind;
  std::string name;
  // Of get.
  Output output;
};

absl::StatusOr<int> GetDocument(const Globals& globals, const OneDocumentOptions& options) {
  if (IsOnKubernetes(globals)) return UseKubectl();
  const auto client = Client::Open(globals);
  if (!client.ok()) return client.status();
  const auto stub = v1::DocumentService::NewStub(client->adapter().channel());
  v1::DocumentServiceGetRequest request;
  request.set_kind(options.kind);
  request.set_namespace_(globals.ns);
  request.set_name(options.name);
  const auto response = client->Call(client->adapter(), *stub, &DocumentsStub::Get, request);
  if (!response.ok()) return InWords(response.status());
  absl::Status printed =
      PrintJson(DocumentToManifest(response->document()),
                options.output.ForPeople() ? Output(Format::kYaml) : options.output);
  if (!printed.ok()) return printed;
  return kOk;
}

absl::StatusOr<int> DeleteOneDocument(const Globals& globals, const OneDocumentOptions& options) {
  if (IsOnKubernetes(globals)) return UseKubectl();
  const auto client = Client::Open(globals);
  if (!client.ok()) return client.status();
  absl::Status status = Applier(*client).DeleteDocument(options.kind, globals.ns, options.name);
  if (!status.ok()) return status;
  return kOk;
}

using FilesCommand = absl::StatusOr<int> (*)(const Globals&, const std::vector<std::string>&);

void AddFilesCommand(CLI::App& app, Session& session, const std::string& name,
                     const std::string& description, const std::string& examples,
                     FilesCommand run) {
  const auto paths = std::make_shared<std::vector<std::string>>();
  auto* command = AddCommand(app, name, description, examples);
  command->add_option("-f,--file", *paths, "A manifest, a directory of them, or -")
      ->required()
      ->expected(1)
      ->take_all();
  command->callback([&session, paths, run] {
    session.run = [&session, paths, run] { return run(session.globals, *paths); };
  });
}

CLI::App* AddOneCommand(CLI::App& documents, Session& session, const std::string& name,
                        const std::string& description, const std::string& examples,
                        const std::shared_ptr<OneDocumentOptions>& options,
                        absl::StatusOr<int> (*run)(const Globals&, const OneDocumentOptions&)) {
  auto* command = AddCommand(documents, name, description, examples);
  command->add_option("KIND", options->kind, "Such as ConfigMap")->required();
  command->add_option("NAME", options->name, "The document's name")->required();
  command->callback([&session, options, run] {
    session.run = [&session, options, run] { return run(session.globals, *options); };
  });
  return command;
}

void AddListDocuments(CLI::App& documents, Session& session) {
  const auto options = std::make_shared<ListDocumentsOptions>();
  auto* command = AddCommand(documents, "list", "List documents, without what they hold",
                             "  $ reactorctl documents list\n"
                             "  $ reactorctl documents list Secret -A\n"
                             "  $ reactorctl documents list -l team=build -o name\n");
  command->add_option("KIND", options->kind, "Only those of this kind");
  AddListOptions(*command, DocumentKind(), options->list);
  command->callback([&session, options] {
    session.run = [&session, options] { return ListDocuments(session.globals, *options); };
  });
}

}  // namespace

void AddApplyAndDelete(CLI::App& app, Session& session) {
  AddFilesCommand(app, session, "apply",
                  "Create or replace Pipelines, and the documents that they refer to",
                  "  $ reactorctl apply -f build.yaml -f secrets.yaml\n"
                  "  $ reactorctl -n team-a apply -f -\n"
                  "\nDocuments are ConfigMaps, Secrets, ServiceAccounts, BuildTemplates and\n"
                  "ClusterBuildTemplates. On Kubernetes they are for kubectl.\n",
                  &ApplyFiles);
  AddFilesCommand(app, session, "delete", "Delete the Pipelines and documents of manifests",
                  "  $ reactorctl delete -f build.yaml\n", &DeleteFiles);
}

void AddDocuments(CLI::App& app, Session& session) {
  auto* documents = AddCommand(app, "documents",
                               "ConfigMaps, Secrets, ServiceAccounts and templates on one machine",
                               "  $ reactorctl apply -f settings.yaml\n"
                               "  $ reactorctl documents list\n");
  documents->require_subcommand(1);
  AddListDocuments(*documents, session);
  const auto get = std::make_shared<OneDocumentOptions>();
  auto* command = AddOneCommand(*documents, session, "get",
                                "Show one as a manifest; a Secret's values only by their length",
                                "  $ reactorctl documents get ConfigMap settings\n"
                                "  $ reactorctl documents get ConfigMap settings -o json\n",
                                get, &GetDocument);
  AddOutput(*command, get->output, {.name = false});
  AddOneCommand(*documents, session, "delete", "Delete one; runs that have begun keep it",
                "  $ reactorctl documents delete Secret git-password\n",
                std::make_shared<OneDocumentOptions>(), &DeleteOneDocument);
}

}  // namespace eventreactor::cli
