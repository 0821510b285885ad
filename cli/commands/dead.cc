// reactorctl dead: what could not be dispatched.
#include <algorithm>
#include <memory>
#include <nlohmann/json.hpp>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/time/clock.h"
#include "cli/command_line.h"
#include "cli/commands/ask_again.h"
#include "cli/commands/failures.h"
#include "cli/commands/list_view.h"
#include "cli/commands/resources.h"
#include "cli/errors.h"
#include "eventreactor/v1/dispatch_service.grpc.pb.h"
#include "libs/manifest/manifest.h"
#include "libs/status/status.h"
#include "libs/text/utf8.h"

namespace eventreactor::cli {
namespace {

using LettersStub = v1::DispatchService::Stub;

// The dispatcher's own bound for one call.
constexpr size_t kMostSequences = 100;

struct LetterFilter {
  bool all_namespaces = false;
  std::string reason;
  std::string type;
};

void AddLetterFilter(CLI::App& command, LetterFilter& filter) {
  command.add_option("--reason", filter.reason, "Only those of this reason")->type_name("REASON");
  command.add_option("-t,--type", filter.type, "Only those of this CloudEvents type");
}

struct ListLettersOptions {
  LetterFilter filter;
  ListOptions list;
};

const ListKind& LetterKind() {
  static const auto* const kind = new ListKind{.columns = {{"SEQUENCE"},
                                                           {"TYPE"},
                                                           {"REASON"},
                                                           {"TRIES"},
                                                           {"AGE"},
                                                           {"MESSAGE"},
                                                           {"SUBJECT", true},
                                                           {"PIPELINES", true}},
                                               .sort_keys = {{"sequence", ".sequence"},
                                                             {"time", ".time"},
                                                             {"type", ".type"},
                                                             {"reason", ".reason"},
                                                             {"tries", ".attempts"}},
                                               .by_age = false,
                                               .has_labels = false,
                                               .has_manifests = false};
  return *kind;
}

ListItem LetterItem(const v1::DeadLetter& letter, bool with_json) {
  return {letter.namespace_(),
          std::to_string(letter.sequence()),
          ToTime(letter.time()),
          {std::to_string(letter.sequence()),
           letter.type(),
           {letter.reason(), Colour::kRed},
           std::to_string(letter.attempts()),
           Age(letter.time(), letter.has_time(), absl::Now()),
           letter.message(),
           letter.subject(),
           absl::StrJoin(letter.pipelines(), ", ")},
          with_json ? ToJson(letter) : nlohmann::json()};
}

absl::StatusOr<std::vector<ListItem>> ReadLetters(const Client& client, LettersStub& stub,
                                                  v1::ListDeadLettersRequest request,
                                                  bool with_json) {
  std::vector<ListItem> items;
  do {
    auto page = client.Call(client.dispatcher(), stub, &LettersStub::ListDeadLetters, request);
    if (!page.ok()) return page.status();
    for (const v1::DeadLetter& letter : page->dead_letters()) {
      items.push_back(LetterItem(letter, with_json));
    }
    request.set_page_token(page->next_page_token());
  } while (!request.page_token().empty());
  return items;
}

absl::StatusOr<int> ListLetters(const Globals& globals, const ListLettersOptions& options) {
  const auto client = Client::Open(globals, {Part::kDispatcher});
  if (!client.ok()) return client.status();
  const auto stub = v1::DispatchService::NewStub(client->dispatcher().channel());
  v1::ListDeadLettersRequest request;
  if (!options.list.all) request.set_namespace_(globals.ns);
  request.set_reason(options.filter.reason);
  request.set_type(options.filter.type);
  ListView view(LetterKind(), options.list);
  if (options.list.watch) {
    return WatchByAsking(globals, view, [&] { return ReadLetters(*client, *stub, request, true); });
  }
  auto items = ReadLetters(*client, *stub, request, view.WantsManifests());
  if (!items.ok()) return items.status();
  const bool filtered = !(options.filter.reason.empty() && options.filter.type.empty());
  absl::Status shown = view.Show(*std::move(items),
                                 NoneText("dead letters", globals.ns, options.list.all, filtered));
  if (!shown.ok()) return shown;
  return kOk;
}

std::string DescribeWhole(const v1::GetDeadLetterResponse& response) {
  constexpr size_t kMaxShown = 2048;
  const v1::DeadLetter& letter = response.dead_letter();
  Fields fields;
  fields.Add("Sequence", std::to_string(letter.sequence()));
  fields.Add("Namespace", Printable(letter.namespace_()));
  fields.Add("Subject", Printable(letter.subject()));
  fields.Add("Reason", Printable(letter.reason()));
  fields.Add("Message", Printable(letter.message()));
  fields.Add("Tries", std::to_string(letter.attempts()));
  fields.Add("Given up", TimeText(letter.time()));
  fields.Add("Pipelines", Printable(absl::StrJoin(letter.pipelines(), ", ")));
  std::string text = absl::StrCat(fields.Text(), "\n");
  for (const auto& header : response.headers()) {
    if (header.name().starts_with("er-dead-")) continue;
    absl::StrAppend(&text, Printable(header.name()), ": ", Printable(header.value()), "\n");
  }
  const std::string& payload = response.payload();
  if (payload.empty()) return text;
  if (FindInvalidUtf8(payload) != std::string::npos) {
    return absl::StrCat(text, "\n", payload.size(), " bytes that are no text\n");
  }
  absl::StrAppend(&text, "\n", Printable(ValidUtf8(payload, kMaxShown)), "\n");
  if (payload.size() > kMaxShown) {
    absl::StrAppend(&text, "(", payload.size(), " bytes; -o json shows them all)\n");
  }
  return text;
}

absl::StatusOr<int> GetLetter(const Globals& globals, uint64_t sequence, const Output& output) {
  const auto client = Client::Open(globals, {Part::kDispatcher});
  if (!client.ok()) return client.status();
  const auto stub = v1::DispatchService::NewStub(client->dispatcher().channel());
  v1::GetDeadLetterRequest request;
  if (globals.ns_given) request.set_namespace_(globals.ns);
  request.set_sequence(sequence);
  const auto response =
      client->Call(client->dispatcher(), *stub, &LettersStub::GetDeadLetter, request);
  if (!response.ok()) return response.status();
  if (output.ForPeople()) {
    Print(DescribeWhole(*response));
    return kOk;
  }
  absl::Status printed = PrintJson(ToJson(*response), output);
  if (!printed.ok()) return printed;
  return kOk;
}

struct SelectOptions {
  std::vector<uint64_t> sequences;
  bool all = false;
  LetterFilter filter;
};

// The selections that the options come to: one, or some of bounded size.
absl::StatusOr<std::vector<v1::DeadLetterSelection>> Selections(const Globals& globals,
                                                                const SelectOptions& options) {
  const LetterFilter& filter = options.filter;
  const bool filtered = filter.all_namespaces || !filter.reason.empty() || !filter.type.empty();
  if (options.all != options.sequences.empty() || (filtered && !options.all)) {
    return UsageError("say which dead letters: by SEQUENCE, or --all, that may be filtered");
  }
  std::vector<v1::DeadLetterSelection> selections(1);
  if (options.all) {
    v1::DeadLetterSelection& all = selections.front();
    all.set_all(true);
    if (!filter.all_namespaces) all.set_namespace_(globals.ns);
    all.set_reason(filter.reason);
    all.set_type(filter.type);
    return selections;
  }
  for (const uint64_t sequence : options.sequences) {
    if (static_cast<size_t>(selections.back().sequences_size()) == kMostSequences) {
      selections.emplace_back();
    }
    if (globals.ns_given) selections.back().set_namespace_(globals.ns);
    selections.back().add_sequences(sequence);
  }
  return selections;
}

// Calls `method` until nothing of the selections is left; `done` are the
// sequences of an answer.
template <class Request, class Response, class Done>
absl::StatusOr<int> HandleLetters(const Globals& globals, const SelectOptions& options,
                                  grpc::Status (LettersStub::*method)(grpc::ClientContext*,
                                                                      const Request&, Response*),
                                  Done done, const std::string& word) {
  auto selections = Selections(globals, options);
  if (!selections.ok()) return selections.status();
  const auto client = Client::Open(globals, {Part::kDispatcher});
  if (!client.ok()) return client.status();
  const auto stub = v1::DispatchService::NewStub(client->dispatcher().channel());
  Failures failures;
  bool any = false;
  for (auto& selection : *selections) {
    do {
      Request request;
      *request.mutable_selection() = selection;
      const auto response = client->Call(client->dispatcher(), *stub, method, request);
      if (!response.ok()) return response.status();
      std::string text;
      for (const uint64_t sequence : done(*response)) {
        absl::StrAppend(&text, "dead letter ", sequence, " ", word, "\n");
        any = true;
      }
      Print(text);
      for (const auto& failure : response->failures()) {
        any = true;
        failures.GoOn(
            MakeStatus(absl::StatusCode::kFailedPrecondition, failure.reason(),
                       absl::StrCat("dead letter ", failure.sequence(), ": ", failure.message())));
      }
      selection.set_page_token(response->next_page_token());
    } while (!selection.page_token().empty());
  }
  if (!any && PeopleRead()) Talk("no dead letters like that");
  return failures.Tell(globals.TargetFlag());
}

void AddSelection(CLI::App& command, SelectOptions& options) {
  command.add_option("SEQUENCE", options.sequences, "Which, as dead list shows them");
  command.add_flag("--all", options.all, "All of the namespace that are there now");
  AddAllNamespaces(command, options.filter.all_namespaces);
  AddLetterFilter(command, options.filter);
}

void AddListLetters(CLI::App& dead, Session& session) {
  const auto options = std::make_shared<ListLettersOptions>();
  auto* command = AddCommand(dead, "list", "List dead letters, oldest first",
                             "  $ reactorctl dead list -A\n"
                             "  $ reactorctl dead list --reason CRASHED_DISPATCHER -o json\n"
                             "  $ reactorctl dead list --watch\n"
                             "  $ reactorctl dead list --sort-by=-tries -o wide\n");
  AddLetterFilter(*command, options->filter);
  AddListOptions(*command, LetterKind(), options->list);
  command->callback([&session, options] {
    session.run = [&session, options] { return ListLetters(session.globals, *options); };
  });
}

void AddGetLetter(CLI::App& dead, Session& session) {
  struct Options {
    uint64_t sequence = 0;
    Output output;
  };
  const auto options = std::make_shared<Options>();
  auto* command = AddCommand(dead, "get", "Show one dead letter with what it holds",
                             "  $ reactorctl dead get 7\n"
                             "  $ reactorctl dead get 7 -o json\n");
  command->add_option("SEQUENCE", options->sequence, "Which, as dead list shows them")->required();
  AddOutput(*command, options->output, {.name = false});
  command->callback([&session, options] {
    session.run = [&session, options] {
      return GetLetter(session.globals, options->sequence, options->output);
    };
  });
}

void AddReplayLetters(CLI::App& dead, Session& session) {
  const auto options = std::make_shared<SelectOptions>();
  auto* command =
      AddCommand(dead, "replay", "Dispatch dead letters after all: only what is missing is created",
                 "  $ reactorctl dead replay 7 8\n"
                 "  $ reactorctl dead replay --all --reason CRASHED_DISPATCHER\n");
  AddSelection(*command, *options);
  command->callback([&session, options] {
    session.run = [&session, options] {
      return HandleLetters(
          session.globals, *options, &LettersStub::ReplayDeadLetters,
          [](const v1::ReplayDeadLettersResponse& response) { return response.replayed(); },
          "put back");
    };
  });
}

void AddPurgeLetters(CLI::App& dead, Session& session) {
  const auto options = std::make_shared<SelectOptions>();
  auto* command = AddCommand(dead, "purge", "Throw dead letters away for good",
                             "  $ reactorctl dead purge 7\n"
                             "  $ reactorctl dead purge --all -t com.example.broken\n");
  AddSelection(*command, *options);
  command->callback([&session, options] {
    session.run = [&session, options] {
      return HandleLetters(
          session.globals, *options, &LettersStub::PurgeDeadLetters,
          [](const v1::PurgeDeadLettersResponse& response) { return response.purged(); }, "purged");
    };
  });
}

}  // namespace

void AddDead(CLI::App& app, Session& session) {
  auto* dead = AddCommand(app, "dead", "What could not be dispatched",
                          "  $ reactorctl dead list\n"
                          "  $ reactorctl dead replay 7\n");
  dead->require_subcommand(1);
  AddListLetters(*dead, session);
  AddGetLetter(*dead, session);
  AddReplayLetters(*dead, session);
  AddPurgeLetters(*dead, session);
}

}  // namespace eventreactor::cli
