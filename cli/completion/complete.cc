#include "cli/completion/complete.h"

#include <algorithm>
#include <set>
#include <utility>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "cli/completion/candidates.h"
#include "cli/context/context_file.h"
#include "eventreactor/v1/action_service.grpc.pb.h"
#include "eventreactor/v1/event_service.grpc.pb.h"
#include "eventreactor/v1/pipeline_service.grpc.pb.h"

namespace eventreactor::cli {
namespace {

using Names = Candidates::Names;
using Choices = std::vector<std::pair<std::string, std::string>>;

// Nobody waits longer after a tab.
constexpr absl::Duration kAskPatience = absl::Seconds(2);
// As many as a list on a screen is of use.
constexpr int kMostNames = 500;

template <class Stub, class Request, class Response, class Take>
Choices AskNames(const Client& client, Stub& stub,
                 grpc::Status (Stub::*list)(grpc::ClientContext*, const Request&, Response*),
                 const std::string& ns, const Take& take) {
  Request request;
  request.set_namespace_(ns);
  request.set_page_size(kMostNames);
  const auto page = client.Call(client.adapter(), stub, list, request);
  return page.ok() ? take(*page) : Choices();
}

Choices NamesOfEvents(const Client& client, const std::string& ns) {
  const auto stub = v1::EventService::NewStub(client.adapter().channel());
  return AskNames(client, *stub, &v1::EventService::Stub::List, ns,
                  [](const v1::EventServiceListResponse& page) {
                    Choices words;
                    words.reserve(static_cast<size_t>(page.events_size()));
                    for (const auto& event : page.events()) {
                      words.emplace_back(event.metadata().name(),
                                         event.spec().type() + " from " + event.spec().source());
                    }
                    return words;
                  });
}

Choices NamesOfPipelines(const Client& client, const std::string& ns, bool namespaces) {
  const auto stub = v1::PipelineService::NewStub(client.adapter().channel());
  return AskNames(client, *stub, &v1::PipelineService::Stub::List, ns,
                  [namespaces](const v1::PipelineServiceListResponse& page) {
                    Choices words;
                    words.reserve(static_cast<size_t>(page.pipelines_size()));
                    for (const auto& pipeline : page.pipelines()) {
                      const auto& metadata = pipeline.metadata();
                      words.emplace_back(namespaces ? metadata.namespace_() : metadata.name(), "");
                    }
                    return words;
                  });
}

Choices NamesOfActions(const Client& client, const std::string& ns) {
  const auto stub = v1::ActionService::NewStub(client.adapter().channel());
  return AskNames(client, *stub, &v1::ActionService::Stub::List, ns,
                  [](const v1::ActionServiceListResponse& page) {
                    Choices words;
                    words.reserve(static_cast<size_t>(page.actions_size()));
                    for (const auto& action : page.actions()) {
                      words.emplace_back(action.metadata().name(), action.spec().pipeline().name());
                    }
                    return words;
                  });
}

Choices NamesOfContexts() {
  Choices words;
  const auto path = ContextFilePath();
  if (!path.ok()) return words;
  const auto contexts = ReadContexts(*path);
  if (!contexts.ok()) return words;
  words.reserve(contexts->all.size());
  for (const auto& context : contexts->all) words.emplace_back(context.name, PlaceOf(context));
  return words;
}

Choices FindNames(Names names, Globals globals) {
  if (names == Names::kNone) return {};
  if (names == Names::kContexts) return NamesOfContexts();
  if (!TakeEnvironment(globals).ok() || !ChooseContext(globals).ok()) return {};
  globals.timeout = kAskPatience;
  const auto client = Client::Open(globals);
  if (!client.ok()) return {};
  switch (names) {
    case Names::kEvents:
      return NamesOfEvents(*client, globals.ns);
    case Names::kActions:
      return NamesOfActions(*client, globals.ns);
    case Names::kNamespaces:
      return NamesOfPipelines(*client, "", true);
    default:
      return NamesOfPipelines(*client, globals.ns, false);
  }
}

// The first sentence is enough beside a word.
std::string Short(const std::string& description) {
  return Printable(description.substr(0, description.find_first_of(";\n")));
}

}  // namespace

void Complete(const CLI::App& app, const std::vector<std::string>& words) {
  Globals globals;
  Candidates candidates = FindCandidates(app, words, globals);
  std::set<std::string> known;
  for (auto& [name, description] : FindNames(candidates.names, globals)) {
    if (!absl::StartsWith(name, candidates.typed) || !known.insert(name).second) continue;
    candidates.words.emplace_back(candidates.before + name, std::move(description));
  }
  std::string text;
  bool open = false;
  for (const auto& [word, description] : candidates.words) {
    open = open || absl::EndsWith(word, "=");
    absl::StrAppend(&text, word, "\t", Short(description), "\n");
  }
  if (candidates.paths == Candidates::Paths::kFiles) {
    text += ":files\n";
  } else if (candidates.paths == Candidates::Paths::kDirectories) {
    text += ":directories\n";
  } else {
    text += open && candidates.words.size() == 1 ? ":nospace\n" : ":none\n";
  }
  Print(text);
}

}  // namespace eventreactor::cli
