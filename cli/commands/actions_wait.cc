// reactorctl actions wait: returns when an Action has ended.
#include <memory>

#include "absl/time/clock.h"
#include "cli/commands/actions.h"
#include "cli/commands/resources.h"
#include "cli/errors.h"
#include "eventreactor/v1/action_service.grpc.pb.h"
#include "libs/status/status.h"

namespace eventreactor::cli {
namespace {

struct WaitOptions {
  std::string name;
  bool exit_status = false;
  Format format = Format::kPeople;
};

// Watches until the Action has ended. The watch's own error otherwise;
// ABORTED if it ended without one.
absl::StatusOr<v1::Action> WatchToEnd(const Client& client, v1::ActionService::Stub& stub,
                                      const v1::ActionServiceWatchRequest& request,
                                      absl::Duration limit) {
  grpc::ClientContext context;
  client.adapter().Prepare(context, limit);
  const auto reader = stub.Watch(&context, request);
  v1::ActionServiceWatchResponse change;
  while (reader->Read(&change)) {
    const bool deleted = change.type() == v1::CHANGE_TYPE_DELETED;
    const bool ended = change.action().status().completion() != v1::COMPLETION_UNSPECIFIED;
    if (!deleted && !ended) continue;
    context.TryCancel();
    if (!deleted) return change.action();
    return MakeStatus(absl::StatusCode::kNotFound, "ACTION_NOT_FOUND",
                      "Action " + request.name() + " was deleted before it ended");
  }
  const auto status = client.adapter().Translate(reader->Finish());
  return status.ok() ? absl::AbortedError("the watch ended") : status;
}

absl::StatusOr<int> Wait(const Globals& globals, const WaitOptions& options) {
  const auto client = Client::Open(globals);
  if (!client.ok()) return client.status();
  const absl::Duration limit = globals.timeout.value_or(absl::InfiniteDuration());
  const auto action = AwaitEnd(*client, globals.ns, options.name, absl::Now() + limit);
  if (!action.ok()) return action.status();
  const auto completion = action->status().completion();
  if (options.format == Format::kPeople) {
    Print(CompletionWord(completion) + "\n");
  } else {
    PrintOne(*action, options.format);
  }
  const auto succeeded = FindCondition(action->status().conditions(), "Succeeded");
  if (completion != v1::COMPLETION_SUCCESS) {
    Talk(succeeded.reason() + ": " + Printable(succeeded.message()));
  }
  return options.exit_status ? ExitStatusOf(completion) : kOk;
}

}  // namespace

absl::StatusOr<v1::Action> AwaitEnd(const Client& client, const std::string& ns,
                                    const std::string& name, absl::Time deadline) {
  const auto stub = v1::ActionService::NewStub(client.adapter().channel());
  v1::ActionServiceGetRequest get;
  get.set_namespace_(ns);
  get.set_name(name);
  v1::ActionServiceWatchRequest watch;
  watch.set_namespace_(ns);
  watch.set_name(name);
  bool found = false;
  while (true) {
    // A watch says nothing of an Action that is not there: ask first.
    const auto response = client.Call(client.adapter(), *stub, &v1::ActionService::Stub::Get, get);
    if (response.ok() && response->action().status().completion() != v1::COMPLETION_UNSPECIFIED) {
      return response->action();
    }
    if (!response.ok() && !(found && IsTransient(response.status()))) return response.status();
    found = true;
    if (response.ok()) {
      auto action = WatchToEnd(client, *stub, watch, deadline - absl::Now());
      // A watch that broke or is too old begins again.
      const bool again = IsTransient(action.status()) || absl::IsOutOfRange(action.status());
      if (action.ok() || !again) return action;
    }
    constexpr auto kPause = absl::Milliseconds(200);
    if (absl::Now() + kPause > deadline) break;
    absl::SleepFor(kPause);
  }
  return MakeStatus(absl::StatusCode::kDeadlineExceeded, "NOT_ENDED",
                    "Action " + name + " has not ended in time");
}

int ExitStatusOf(v1::Completion completion) {
  switch (completion) {
    case v1::COMPLETION_SUCCESS:
    case v1::COMPLETION_NEUTRAL:
      return kOk;
    case v1::COMPLETION_FAILURE:
      return kFailure;
    default:
      return kUsage;
  }
}

void AddWait(CLI::App& actions, Session& session) {
  const auto options = std::make_shared<WaitOptions>();
  auto* command = AddCommand(
      actions, "wait", "Return when an Action has ended; prints how it did",
      "  $ reactorctl actions wait 0cjs1x9vkq3m7fw2a5tdz8ynhb --timeout 10m\n"
      "  $ reactorctl actions wait --exit-status 0cjs1x9vkq3m7fw2a5tdz8ynhb && echo passed\n");
  command->add_option("NAME", options->name, "The Action's name")->required();
  command->add_flag("--exit-status", options->exit_status,
                    "Exit with 0 after success or neutral, 1 after failure, 2 if it was lost");
  AddOutput(*command, options->format);
  command->callback([&session, options] {
    session.run = [&session, options] { return Wait(session.globals, *options); };
  });
}

}  // namespace eventreactor::cli
