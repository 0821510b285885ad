// reactorctl events explain: why an Event ran what it ran, and not the rest.
#include <map>
#include <memory>
#include <nlohmann/json.hpp>

#include "absl/strings/str_cat.h"
#include "cli/commands/events.h"
#include "cli/errors.h"
#include "eventreactor/v1/dispatch_service.grpc.pb.h"
#include "libs/manifest/manifest.h"

namespace eventreactor::cli {
namespace {

struct ExplainOptions {
  std::string name;
  std::string pipeline;
  Format format = Format::kPeople;
};

Cell Verdict(const v1::Decision& decision) {
  if (!decision.matched()) return {"refused"};
  return {"matched", decision.action().empty() ? Colour::kYellow : Colour::kGreen};
}

std::string Why(const v1::Decision& decision) {
  const std::string& message = decision.message();
  if (decision.matched()) {
    if (decision.action().empty()) return message;
    return "Action " + decision.action() + (message.empty() ? "" : "; " + message);
  }
  const std::string& predicate = decision.predicate();
  if (message.empty()) {
    return predicate + ": saw \"" + decision.observed() + "\", wants \"" + decision.expected() +
           "\"";
  }
  // The dispatcher's words may name the predicate by themselves.
  const bool named = predicate.empty() || message.find(predicate) != std::string::npos;
  return named ? message : predicate + ": " + message;
}

template <class Decisions>
Table TableOf(const Decisions& decisions) {
  Table table({"PIPELINE", "GENERATION", "DECISION", "WHY"});
  for (const auto& decision : decisions) {
    table.Add({decision.pipeline(), std::to_string(decision.generation()), Verdict(decision),
               Why(decision)});
  }
  return table;
}

// The decisions of now that nobody took then, or that were taken otherwise.
std::vector<v1::Decision> Changed(const v1::ExplainResponse& response) {
  std::map<std::string, bool> recorded;
  for (const auto& decision : response.recorded()) {
    recorded[decision.pipeline()] = decision.matched();
  }
  std::vector<v1::Decision> changed;
  for (const auto& decision : response.current()) {
    const auto then = recorded.find(decision.pipeline());
    if (then == recorded.end() || then->second != decision.matched()) changed.push_back(decision);
  }
  return changed;
}

// Programs get all decisions as rows: recorded or current in the first column.
void PrintForPipes(const v1::ExplainResponse& response) {
  Table table({"WHEN", "PIPELINE", "GENERATION", "DECISION", "WHY"});
  const auto add = [&table](const char* when, const auto& decisions) {
    for (const auto& decision : decisions) {
      table.Add({when, decision.pipeline(), std::to_string(decision.generation()),
                 Verdict(decision), Why(decision)});
    }
  };
  add("recorded", response.recorded());
  add("current", response.current());
  Print(table.TabSeparated());
}

void PrintForPeople(const v1::ExplainResponse& response, const std::string& name) {
  std::string text = "Event " + name + ", ";
  text += response.has_dispatch_time() ? "dispatched " + TimeText(response.dispatch_time())
                                       : "not dispatched yet";
  text += "\n\n";
  text += response.recorded_size() == 0 ? "No Pipeline was asked.\n"
                                        : TableOf(response.recorded()).Aligned();
  if (response.recorded_omitted() > 0) {
    text += "... and " + std::to_string(response.recorded_omitted()) + " decisions more\n";
  }
  for (const auto& run : response.requested()) {
    absl::StrAppend(&text, "\nAction ", run.action(), " of ", run.pipeline(),
                    " ran on request, as attempt ", run.attempt(), "\n");
  }
  const auto changed = Changed(response);
  if (!changed.empty()) {
    text += "\nThe Pipelines of now, that were not asked then, or would say otherwise:\n\n" +
            TableOf(changed).Aligned();
  }
  Print(text);
}

absl::StatusOr<int> Explain(const Globals& globals, const ExplainOptions& options) {
  const auto client = Client::Open(globals, {Part::kDispatcher});
  if (!client.ok()) return client.status();
  const auto stub = v1::DispatchService::NewStub(client->dispatcher().channel());
  v1::ExplainRequest request;
  request.set_namespace_(globals.ns);
  request.set_event(options.name);
  request.set_pipeline(options.pipeline);
  const auto response =
      client->Call(client->dispatcher(), *stub, &v1::DispatchService::Stub::Explain, request);
  if (!response.ok()) return response.status();
  if (options.format != Format::kPeople) {
    Print(Render(ToJson(*response), options.format));
  } else if (PeopleRead()) {
    PrintForPeople(*response, options.name);
  } else {
    PrintForPipes(*response);
  }
  return kOk;
}

}  // namespace

void AddExplain(CLI::App& events, Session& session) {
  const auto options = std::make_shared<ExplainOptions>();
  auto* command =
      AddCommand(events, "explain", "Say why an Event ran what it ran, and not the rest",
                 "  $ reactorctl events explain 0cjs1x9vkq3m7fw2a5tdz8ynhb\n"
                 "  $ reactorctl events explain 0cjs1x9vkq3m7fw2a5tdz8ynhb -p build -o json\n");
  command->add_option("NAME", options->name, "The Event's name")->required();
  command->add_option("-p,--pipeline", options->pipeline, "Only what this Pipeline says");
  AddOutput(*command, options->format, false);
  command->callback([&session, options] {
    session.run = [&session, options] { return Explain(session.globals, *options); };
  });
}

}  // namespace eventreactor::cli
