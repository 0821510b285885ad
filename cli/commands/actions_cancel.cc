// reactorctl actions cancel: ends what runs.
#include <memory>

#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "cli/commands/actions.h"
#include "cli/commands/failures.h"
#include "cli/commands/resources.h"
#include "cli/shell_quote.h"
#include "eventreactor/v1/action_service.grpc.pb.h"
#include "libs/domain/run.h"
#include "libs/status/status.h"

namespace eventreactor::cli {
namespace {

using CancelStub = v1::ActionService::Stub;

struct CancelOptions {
  std::vector<std::string> names;
  bool wait = false;
  Format format = Format::kPeople;
};

bool HasEnded(const v1::Action& action) {
  return action.status().completion() != v1::COMPLETION_UNSPECIFIED;
}

// The Action after it was asked to end; one that has ended by itself as it is.
absl::StatusOr<v1::Action> CancelOne(const Client& client, CancelStub& stub, const std::string& ns,
                                     const std::string& name) {
  v1::CancelRequest cancel;
  cancel.set_namespace_(ns);
  cancel.set_name(name);
  auto cancelled = client.Call(client.adapter(), stub, &CancelStub::Cancel, cancel);
  if (cancelled.ok()) return std::move(*cancelled->mutable_action());
  if (Reason(cancelled.status()) != "ALREADY_FINISHED") return cancelled.status();
  v1::ActionServiceGetRequest get;
  get.set_namespace_(ns);
  get.set_name(name);
  auto found = client.Call(client.adapter(), stub, &CancelStub::Get, get);
  if (!found.ok()) return found.status();
  return std::move(*found->mutable_action());
}

void TellHowToWait(const std::vector<std::string>& names, const Globals& globals) {
  std::string line = "next: `reactorctl actions cancel --wait";
  for (const auto& name : names) absl::StrAppend(&line, " ", ShellQuote(name));
  if (globals.ns_given) absl::StrAppend(&line, " -n ", globals.ns);
  Talk(absl::StrCat(line, globals.TargetFlag(), "` returns when ",
                    names.size() == 1 ? "it has" : "they have", " ended"));
}

absl::StatusOr<int> CancelActions(const Globals& globals, const CancelOptions& options) {
  const auto client = Client::Open(globals);
  if (!client.ok()) return client.status();
  const auto stub = v1::ActionService::NewStub(client->adapter().channel());
  const absl::Time deadline = absl::Now() + globals.timeout.value_or(absl::InfiniteDuration());
  const bool people = options.format == Format::kPeople;
  Failures failures;
  std::vector<v1::Action> asked;
  // All are asked before the first is waited for: they end side by side.
  bool go_on = true;
  for (const auto& name : options.names) {
    auto action = CancelOne(*client, *stub, globals.ns, name);
    go_on = failures.GoOn(action.status());
    if (!go_on) break;
    if (!action.ok()) continue;
    if (people && (!options.wait || HasEnded(*action))) Print(CancelText(*action) + "\n");
    asked.push_back(*std::move(action));
  }
  std::vector<std::string> pending;
  for (auto& action : asked) {
    if (HasEnded(action)) continue;
    const std::string name = action.metadata().name();
    pending.push_back(name);
    if (!options.wait || !go_on) continue;
    auto ended = AwaitEnd(*client, globals.ns, name, deadline);
    go_on = failures.GoOn(ended.status());
    if (!ended.ok()) continue;
    action = *std::move(ended);
    if (people) Print(CancelText(action) + "\n");
  }
  if (!people) PrintList(asked, options.format);
  const int exit_code = failures.Tell(globals.TargetFlag());
  if (people && !options.wait && !pending.empty()) TellHowToWait(pending, globals);
  return exit_code;
}

}  // namespace

std::string CancelText(const v1::Action& action) {
  const std::string who = "action " + action.metadata().name();
  if (!HasEnded(action)) return who + " is being cancelled";
  const auto succeeded = FindCondition(action.status().conditions(), "Succeeded");
  if (succeeded.reason() == kBuildCancelled) return who + " cancelled";
  return who + " has ended by itself: " + CompletionWord(action.status().completion());
}

void AddCancel(CLI::App& actions, Session& session) {
  const auto options = std::make_shared<CancelOptions>();
  auto* command =
      AddCommand(actions, "cancel", "Ask Actions to end: SIGTERM, and SIGKILL ten seconds later",
                 "  $ reactorctl actions cancel 0cjs1x9vkq3m7fw2a5tdz8ynhb\n"
                 "  $ reactorctl actions cancel --wait 0cjs1x9vkq3m7fw2a5tdz8ynhb --timeout 1m\n"
                 "  $ reactorctl actions cancel $(reactorctl actions list -p build -o name)\n");
  command->add_option("NAME", options->names, "The Actions' names")->required();
  command->add_flag("--wait", options->wait, "Return when they have ended");
  AddOutput(*command, options->format);
  command->callback([&session, options] {
    session.run = [&session, options] { return CancelActions(session.globals, *options); };
  });
}

}  // namespace eventreactor::cli
