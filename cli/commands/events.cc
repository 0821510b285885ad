// reactorctl events: what happened.
#include "cli/commands/events.h"

#include <algorithm>
#include <memory>

#include "absl/time/clock.h"
#include "cli/commands/requested_runs.h"
#include "cli/commands/resources.h"
#include "cli/errors.h"
#include "eventreactor/v1/event_service.grpc.pb.h"
#include "libs/domain/convert.h"
#include "libs/status/status.h"
#include "libs/text/utf8.h"

namespace eventreactor::cli {
namespace {

using EventsStub = v1::EventService::Stub;

// The data as far as it is text that fits on a screen.
std::string DataPreview(const v1::Event& event) {
  constexpr size_t kMaxShown = 2048;
  const std::string data = EventData(event);
  if (data.empty()) return "";
  if (FindInvalidUtf8(data) != std::string::npos) {
    return "\n" + std::to_string(data.size()) + " bytes of data that are no text\n";
  }
  std::string shown = "\n";
  const std::string text = ValidUtf8(data, kMaxShown);
  for (size_t begin = 0; begin < text.size();) {
    const size_t end = std::min(text.find('\n', begin), text.size());
    shown += Printable(text.substr(begin, end - begin)) + "\n";
    begin = end + 1;
  }
  if (data.size() > kMaxShown) {
    shown += "(" + std::to_string(data.size()) + " bytes; -o json shows them all)\n";
  }
  return shown;
}

std::string Describe(const v1::Event& event) {
  const auto& metadata = event.metadata();
  const auto& spec = event.spec();
  Fields fields;
  fields.Add("Name", metadata.name());
  fields.Add("Namespace", metadata.namespace_());
  fields.Add("Type", spec.type());
  fields.Add("Source", spec.source());
  fields.Add("ID", spec.id());
  fields.Add("Time", spec.time());
  fields.Add("Subject", spec.subject());
  fields.Add("Content type", spec.content_type());
  fields.Add("Schema", spec.schema_url());
  fields.Add("Extensions", PairsText(spec.extensions()));
  fields.Add("Labels", PairsText(metadata.labels()));
  fields.Add("Recorded", TimeText(metadata.creation_timestamp()));
  if (event.status().has_dispatch_time()) {
    fields.Add("Dispatched", TimeText(event.status().dispatch_time()));
  }
  for (const auto& decision : event.status().decisions()) {
    if (decision.matched()) fields.Add("Action", decision.action() + " of " + decision.pipeline());
  }
  return fields.Text() + DataPreview(event);
}

struct GetEventOptions {
  std::string name;
  bool wait = false;
  Output output;
};

absl::StatusOr<int> GetEvent(const Globals& globals, const GetEventOptions& options) {
  constexpr absl::Duration kWait = absl::Seconds(60);
  const auto client = Client::Open(globals);
  if (!client.ok()) return client.status();
  const auto event =
      options.wait ? AwaitEvent(*client, globals.ns, options.name, globals.timeout.value_or(kWait))
                   : FindEvent(*client, globals.ns, options.name);
  if (!event.ok()) return event.status();
  if (!options.output.ForPeople()) {
    absl::Status printed = PrintOneAs(*event, options.output);
    if (!printed.ok()) return printed;
    return kOk;
  }
  Print(Describe(*event));
  return kOk;
}

void AddGetEvent(CLI::App& events, Session& session) {
  const auto options = std::make_shared<GetEventOptions>();
  auto* command = AddCommand(events, "get", "Show one Event",
                             "  $ reactorctl events get 0cjs1x9vkq3m7fw2a5tdz8ynhb\n"
                             "  $ reactorctl events get --wait --timeout 10s "
                             "0cjs1x9vkq3m7fw2a5tdz8ynhb\n"
                             "  $ reactorctl events get 0cjs1x9vkq3m7fw2a5tdz8ynhb -o yaml\n"
                             "  $ reactorctl events get 0cjs1x9vkq3m7fw2a5tdz8ynhb "
                             "-o jsonpath='{.spec.data}'\n");
  command->add_option("NAME", options->name, "The Event's name")->required();
  command->add_flag("--wait", options->wait,
                    "Wait until it is recorded, for 60s or --timeout: with it are its Actions");
  AddOutput(*command, options->output, {});
  command->callback([&session, options] {
    session.run = [&session, options] { return GetEvent(session.globals, *options); };
  });
}

}  // namespace

absl::StatusOr<v1::Event> FindEvent(const Client& client, const std::string& ns,
                                    const std::string& name) {
  const auto stub = v1::EventService::NewStub(client.adapter().channel());
  v1::EventServiceGetRequest request;
  request.set_namespace_(ns);
  request.set_name(name);
  auto response = client.Call(client.adapter(), *stub, &EventsStub::Get, request);
  if (absl::IsNotFound(response.status())) {
    // It may have been accepted all the same: only its record is missing.
    return MakeStatus(absl::StatusCode::kNotFound, "EVENT_NOT_FOUND",
                      "Event " + name + " is not recorded (yet) in namespace " + ns);
  }
  if (!response.ok()) return response.status();
  return std::move(*response->mutable_event());
}

absl::StatusOr<v1::Event> AwaitEvent(const Client& client, const std::string& ns,
                                     const std::string& name, absl::Duration timeout) {
  const absl::Time deadline = absl::Now() + timeout;
  absl::Duration pause = absl::Milliseconds(10);
  while (true) {
    auto event = FindEvent(client, ns, name);
    const bool may_come = absl::IsNotFound(event.status()) || IsTransient(event.status());
    if (event.ok() || !may_come) return event;
    if (absl::Now() + pause > deadline) {
      return MakeStatus(absl::StatusCode::kDeadlineExceeded, "NOT_RECORDED",
                        "Event " + name + " was not recorded in time (" + Message(event.status()) +
                            "); if it was accepted, it will be");
    }
    absl::SleepFor(pause);
    pause = std::min(pause * 2, absl::Milliseconds(500));
  }
}

void AddEvents(CLI::App& app, Session& session) {
  auto* events =
      AddCommand(app, "events", "What happened",
                 "  $ reactorctl events publish -t com.example.push -d '{\"ref\": \"main\"}'\n"
                 "  $ reactorctl events list\n");
  events->require_subcommand(1);
  AddPublish(*events, session);
  AddListEvents(*events, session);
  AddGetEvent(*events, session);
  AddExplain(*events, session);
  AddReplayEvent(*events, session);
  AddTap(*events, session);
}

}  // namespace eventreactor::cli
