// reactorctl actions delete: removes Actions.
#include <memory>

#include "cli/commands/actions.h"
#include "cli/commands/failures.h"
#include "eventreactor/v1/action_service.grpc.pb.h"

namespace eventreactor::cli {
namespace {

absl::StatusOr<int> DeleteActions(const Globals& globals, const std::vector<std::string>& names) {
  const auto client = Client::Open(globals);
  if (!client.ok()) return client.status();
  const auto stub = v1::ActionService::NewStub(client->adapter().channel());
  Failures failures;
  for (const auto& name : names) {
    v1::ActionServiceDeleteRequest request;
    request.set_namespace_(globals.ns);
    request.set_name(name);
    const auto response =
        client->Call(client->adapter(), *stub, &v1::ActionService::Stub::Delete, request);
    if (response.ok()) Print("action " + name + " deleted\n");
    if (!failures.GoOn(response.status())) break;
  }
  return failures.Tell(globals.TargetFlag());
}

}  // namespace

void AddDeleteActions(CLI::App& actions, Session& session) {
  const auto names = std::make_shared<std::vector<std::string>>();
  auto* command = AddCommand(
      actions, "delete", "Delete Actions, and end what runs of them",
      "  $ reactorctl actions delete 0cjs1x9vkq3m7fw2a5tdz8ynhb\n"
      "  $ reactorctl actions delete $(reactorctl actions list -l team=build -o name)\n");
  command->add_option("NAME", *names, "The Actions' names")->required();
  command->callback([&session, names] {
    session.run = [&session, names] { return DeleteActions(session.globals, *names); };
  });
}

}  // namespace eventreactor::cli
