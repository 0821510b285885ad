// reactorctl down: stops a stack; what runs in containers may go on.
#include <memory>

#include "absl/time/clock.h"
#include "cli/command_line.h"
#include "cli/commands/unfinished.h"
#include "cli/errors.h"
#include "cli/stack/stack.h"
#include "cli/terminal.h"
#include "eventreactor/v1/action_service.grpc.pb.h"
#include "libs/status/status.h"

namespace eventreactor::cli {
namespace {

constexpr absl::Duration kStopTimeout = absl::Seconds(60);

absl::Status CancelAll(const Client& client, const std::vector<v1::Action>& actions) {
  const auto stub = v1::ActionService::NewStub(client.adapter().channel());
  for (const auto& action : actions) {
    v1::CancelRequest request;
    request.set_namespace_(action.metadata().namespace_());
    request.set_name(action.metadata().name());
    const auto response =
        client.Call(client.adapter(), *stub, &v1::ActionService::Stub::Cancel, request);
    // One that ended or was deleted in the meantime is as good as cancelled.
    const bool gone =
        Reason(response.status()) == "ALREADY_FINISHED" || absl::IsNotFound(response.status());
    if (!response.ok() && !gone) return response.status();
  }
  return absl::OkStatus();
}

// Cancels until nothing is unfinished: what ends may trigger what is new.
absl::Status CancelAndWait(const Client& client, absl::Time deadline) {
  size_t last = 0;
  while (true) {
    const auto actions = UnfinishedActions(client);
    if (!actions.ok()) return actions.status();
    if (actions->empty()) return absl::OkStatus();
    if (actions->size() != last) Talk("cancelling " + std::to_string(actions->size()) + " Actions");
    last = actions->size();
    if (auto status = CancelAll(client, *actions); !status.ok()) return status;
    if (absl::Now() > deadline) {
      return MakeStatus(absl::StatusCode::kDeadlineExceeded, "NOT_CANCELLED",
                        std::to_string(actions->size()) +
                            " Actions have not ended in time; the stack still runs");
    }
    absl::SleepFor(absl::Milliseconds(100));
  }
}

// What goes on in containers while the stack is down, on stdout.
void ListRunning(const std::vector<v1::Action>& actions) {
  Table table({"NAMESPACE", "ACTION", "PIPELINE", "RUNNING", "CONTAINERS"});
  for (const auto& action : actions) {
    for (const auto& step : RunningSteps(action)) {
      table.Add({action.metadata().namespace_(), action.metadata().name(),
                 action.spec().pipeline().name(), step, action.status().cluster().pod_name()});
    }
  }
  if (table.empty()) return;
  Talk("left running until the next `up` takes them up again:");
  Print(table.Text());
}

absl::Status BeforeStop(const Globals& globals, bool cancel, absl::Time deadline) {
  const auto client = Client::Open(globals);
  if (!client.ok()) return client.status();
  if (cancel) return CancelAndWait(*client, deadline);
  const auto actions = UnfinishedActions(*client);
  if (!actions.ok()) return actions.status();
  ListRunning(*actions);
  return absl::OkStatus();
}

absl::StatusOr<int> Down(const Globals& globals, bool cancel) {
  const auto layout = FindLayout(globals);
  if (!layout.ok()) return layout.status();
  const absl::Time deadline = absl::Now() + globals.timeout.value_or(kStopTimeout);
  const auto record = ReadRunning(*layout);
  const bool running = record.ok();
  if (!running && Reason(record.status()) != "NO_STACK" &&
      Reason(record.status()) != "STACK_DOWN") {
    return record.status();
  }
  if (!running && cancel && Reason(record.status()) == "STACK_DOWN") {
    Talk("nothing is cancelled: for that the stack must run (`reactorctl up --detach" +
         globals.TargetFlag() + "`)");
  }
  if (running) {
    Globals patient = globals;
    // A stack that does not answer is to stop all the same.
    if (!globals.timeout) patient.timeout = absl::Seconds(5);
    const auto status = BeforeStop(patient, cancel, deadline);
    if (!status.ok() && cancel) return status;
    if (!status.ok()) Talk("cannot tell what is left running: " + Message(status));
  }
  if (!running && Reason(record.status()) == "NO_STACK") {
    Talk("there is no stack in " + layout->root() + ", so there is nothing to stop");
    return kOk;
  }
  const auto status = stack::Stop(*layout, deadline - absl::Now(), &Talk);
  if (!status.ok()) return status;
  Talk("the stack in " + layout->root() + (running ? " is stopped" : " was not running"));
  return kOk;
}

}  // namespace

void AddDown(CLI::App& app, Session& session) {
  const auto cancel = std::make_shared<bool>(false);
  auto* command =
      AddCommand(app, "down", "Stop a stack; containers that run go on, and are listed",
                 "  $ reactorctl down\n"
                 "  $ reactorctl down --cancel --timeout 5m    end all Actions first\n");
  command->add_flag("--cancel", *cancel, "Cancel all unfinished Actions, and wait for their end");
  command->callback([&session, cancel] {
    session.run = [&session, cancel] { return Down(session.globals, *cancel); };
  });
}

}  // namespace eventreactor::cli
