#include "cli/commands/requested_runs.h"

#include <algorithm>
#include <memory>
#include <nlohmann/json.hpp>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "cli/commands/actions.h"
#include "cli/commands/failures.h"
#include "cli/errors.h"
#include "cli/shell_quote.h"
#include "eventreactor/v1/dispatch_service.grpc.pb.h"
#include "libs/manifest/manifest.h"
#include "libs/status/status.h"

namespace eventreactor::cli {
namespace {

using DispatchStub = v1::DispatchService::Stub;

// What the three have in common.
struct AskOptions {
  // A second command with it asks for the same runs.
  std::string attempt;
  bool wait = false;
  Format format = Format::kPeople;
};

void AddAskOptions(CLI::App& command, AskOptions& options) {
  command
      .add_option("--attempt", options.attempt,
                  "Names this request: repeated with the same one, it runs once")
      ->type_name("ID");
  command.add_flag("--wait", options.wait,
                   "Return when it has ended, with the exit code of actions wait --exit-status");
  AddOutput(command, options.format);
}

// The Action once it has ended. It is created a moment after it was asked for.
absl::StatusOr<v1::Action> AwaitRequested(const Client& client, const std::string& ns,
                                          const std::string& name, absl::Time deadline) {
  constexpr absl::Duration kAppears = absl::Seconds(60);
  constexpr absl::Duration kPause = absl::Milliseconds(100);
  const absl::Time appears = std::min(deadline, absl::Now() + kAppears);
  while (true) {
    auto ended = AwaitEnd(client, ns, name, deadline);
    if (!absl::IsNotFound(ended.status())) return ended;
    if (absl::Now() + kPause > appears) {
      return MakeStatus(absl::StatusCode::kDeadlineExceeded, "NOT_CREATED",
                        absl::StrCat("Action ", name,
                                     " was not created in time; `reactorctl dead list` shows what "
                                     "could not be dispatched"));
    }
    absl::SleepFor(kPause);
  }
}

void PrintRuns(const std::vector<v1::RequestedRun>& runs, Format format) {
  if (format == Format::kPeople || format == Format::kName) {
    std::string text;
    for (const auto& run : runs) {
      if (format == Format::kName) {
        absl::StrAppend(&text, run.action(), "\n");
      } else {
        absl::StrAppend(&text, "action ", run.action(), " of ", run.pipeline(), " asked for\n");
      }
    }
    Print(text);
    return;
  }
  std::vector<nlohmann::json> items;
  items.reserve(runs.size());
  for (const auto& run : runs) items.push_back(ToJson(run));
  Print(Render(nlohmann::json(items), format));
}

void TellHowToFollow(const std::vector<v1::RequestedRun>& runs, const Globals& globals) {
  if (runs.size() != 1) return;
  std::string line = absl::StrCat("next: `reactorctl actions logs -f ", runs.front().action());
  if (globals.ns_given) absl::StrAppend(&line, " -n ", ShellQuote(globals.ns));
  Talk(absl::StrCat(line, globals.TargetFlag(), "` shows what it does"));
}

// Prints what was asked for, and waits for it where that is wanted.
absl::StatusOr<int> ShowRuns(const Globals& globals, const Client& client,
                             const std::vector<v1::RequestedRun>& runs, const AskOptions& options) {
  PrintRuns(runs, options.format);
  if (!options.wait) {
    if (options.format == Format::kPeople) TellHowToFollow(runs, globals);
    return kOk;
  }
  const absl::Time deadline = absl::Now() + globals.timeout.value_or(absl::InfiniteDuration());
  int exit_code = kOk;
  for (const auto& run : runs) {
    const auto ended = AwaitRequested(client, globals.ns, run.action(), deadline);
    if (!ended.ok()) return ended.status();
    const auto completion = ended->status().completion();
    Talk(absl::StrCat("action ", run.action(), ": ", CompletionWord(completion)));
    exit_code = std::max(exit_code, ExitStatusOf(completion));
  }
  return exit_code;
}

absl::StatusOr<Client> OpenFor(const Globals& globals, const AskOptions& options) {
  std::set<Part> parts = {Part::kDispatcher};
  if (options.wait) parts.insert(Part::kAdapter);
  return Client::Open(globals, parts);
}

absl::StatusOr<v1::RequestedRun> Ask(const Client& client, DispatchStub& stub,
                                     const v1::RunRequest& request) {
  auto response = client.Call(client.dispatcher(), stub, &DispatchStub::Run, request);
  if (!response.ok()) return response.status();
  return std::move(*response->mutable_run());
}

struct RunOptions {
  std::string pipeline;
  std::string event;
  std::string action;
  AskOptions ask;
};

absl::StatusOr<int> RunPipeline(const Globals& globals, const RunOptions& options) {
  if (options.event.empty() == options.action.empty()) {
    return UsageError("say with what it is to run: -e EVENT, or -a ACTION");
  }
  const auto client = OpenFor(globals, options.ask);
  if (!client.ok()) return client.status();
  const auto stub = v1::DispatchService::NewStub(client->dispatcher().channel());
  v1::RunRequest request;
  request.set_namespace_(globals.ns);
  request.set_pipeline(options.pipeline);
  request.set_attempt(options.ask.attempt);
  if (options.event.empty()) {
    request.set_action(options.action);
  } else {
    request.set_event(options.event);
  }
  const auto run = Ask(*client, *stub, request);
  if (!run.ok()) return run.status();
  return ShowRuns(globals, *client, {*run}, options.ask);
}

struct ReplayOptions {
  std::string event;
  std::string pipeline;
  AskOptions ask;
};

absl::StatusOr<int> ReplayEvent(const Globals& globals, const ReplayOptions& options) {
  const auto client = OpenFor(globals, options.ask);
  if (!client.ok()) return client.status();
  const auto stub = v1::DispatchService::NewStub(client->dispatcher().channel());
  v1::ReplayRequest request;
  request.set_namespace_(globals.ns);
  request.set_event(options.event);
  request.set_pipeline(options.pipeline);
  request.set_attempt(options.ask.attempt);
  const auto response = client->Call(client->dispatcher(), *stub, &DispatchStub::Replay, request);
  if (!response.ok()) return response.status();
  const std::vector<v1::RequestedRun> runs(response->runs().begin(), response->runs().end());
  if (runs.empty()) {
    Talk(absl::StrCat("no Pipeline matches now: nothing runs; `reactorctl events explain ",
                      ShellQuote(options.event), globals.TargetFlag(), "` says why"));
  }
  return ShowRuns(globals, *client, runs, options.ask);
}

struct RerunOptions {
  std::vector<std::string> names;
  AskOptions ask;
};

absl::StatusOr<int> RerunActions(const Globals& globals, const RerunOptions& options) {
  const auto client = OpenFor(globals, options.ask);
  if (!client.ok()) return client.status();
  const auto stub = v1::DispatchService::NewStub(client->dispatcher().channel());
  Failures failures;
  std::vector<v1::RequestedRun> runs;
  runs.reserve(options.names.size());
  for (const auto& name : options.names) {
    v1::RunRequest request;
    request.set_namespace_(globals.ns);
    request.set_rerun(name);
    request.set_attempt(options.ask.attempt);
    auto run = Ask(*client, *stub, request);
    if (!failures.GoOn(run.status())) break;
    if (run.ok()) runs.push_back(*std::move(run));
  }
  const auto shown = ShowRuns(globals, *client, runs, options.ask);
  if (!shown.ok()) return shown.status();
  return std::max(*shown, failures.Tell(globals.TargetFlag()));
}

}  // namespace

void AddRunPipeline(CLI::App& pipelines, Session& session) {
  const auto options = std::make_shared<RunOptions>();
  auto* command =
      AddCommand(pipelines, "run",
                 "Run a Pipeline, as it is now, with a recorded Event or behind a finished Action, "
                 "whatever its trigger says",
                 "  $ reactorctl pipelines run build -e 0cjs1x9vkq3m7fw2a5tdz8ynhb\n"
                 "  $ reactorctl pipelines run notify -a 0cjs1x9vkq3m7fw2a5tdz8ynhb --wait\n"
                 "  $ reactorctl actions logs -f $(reactorctl pipelines run build "
                 "-e 0cjs1x9vkq3m7fw2a5tdz8ynhb -o name)\n");
  command->add_option("NAME", options->pipeline, "The Pipeline's name")->required();
  command->add_option("-e,--event", options->event, "With this Event");
  command->add_option("-a,--action", options->action,
                      "Behind this Action, which has ended: in its chain, with its Event");
  AddAskOptions(*command, options->ask);
  command->callback([&session, options] {
    session.run = [&session, options] { return RunPipeline(session.globals, *options); };
  });
}

void AddReplayEvent(CLI::App& events, Session& session) {
  const auto options = std::make_shared<ReplayOptions>();
  auto* command =
      AddCommand(events, "replay", "Run the Pipelines that match an Event now, once more",
                 "  $ reactorctl events replay 0cjs1x9vkq3m7fw2a5tdz8ynhb\n"
                 "  $ reactorctl events replay 0cjs1x9vkq3m7fw2a5tdz8ynhb -p build --wait\n");
  command->add_option("NAME", options->event, "The Event's name")->required();
  command->add_option("-p,--pipeline", options->pipeline, "Only this Pipeline, which must match");
  AddAskOptions(*command, options->ask);
  command->callback([&session, options] {
    session.run = [&session, options] { return ReplayEvent(session.globals, *options); };
  });
}

void AddRerun(CLI::App& actions, Session& session) {
  const auto options = std::make_shared<RerunOptions>();
  auto* command =
      AddCommand(actions, "rerun",
                 "Run what Actions ran, because of what they did: their Pipelines as they are now",
                 "  $ reactorctl actions rerun 0cjs1x9vkq3m7fw2a5tdz8ynhb\n"
                 "  $ reactorctl actions rerun --wait 0cjs1x9vkq3m7fw2a5tdz8ynhb && echo passed\n");
  command->add_option("NAME", options->names, "The Actions' names")->required();
  AddAskOptions(*command, options->ask);
  command->callback([&session, options] {
    session.run = [&session, options] { return RerunActions(session.globals, *options); };
  });
}

}  // namespace eventreactor::cli
