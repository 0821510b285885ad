// reactorctl status: how a stack is.
#include "libs/status/status.h"

#include <memory>
#include <nlohmann/json.hpp>

#include "cli/command_line.h"
#include "cli/commands/pages.h"
#include "cli/commands/services_status.h"
#include "cli/commands/unfinished.h"
#include "cli/errors.h"
#include "cli/readiness.h"
#include "cli/stack/exposure.h"
#include "cli/stack/services.h"
#include "eventreactor/v1/event_service.grpc.pb.h"
#include "eventreactor/v1/pipeline_service.grpc.pb.h"

namespace eventreactor::cli {
namespace {

struct ProcessState {
  stack::ProcessRecord record;
  Health health;
  absl::Duration uptime;
  int64_t memory = 0;
};

// -1: not known. `events_more`: there are more than were counted.
struct Counts {
  int64_t pipelines = -1;
  int64_t events = -1;
  bool events_more = false;
  int64_t unfinished = -1;
};

std::vector<ProcessState> ReadProcesses(const stack::Record& record) {
  std::vector<ProcessState> states;
  const auto health = AskHealth(record);
  for (const auto& process : record.processes) {
    ProcessState state;
    state.record = process;
    state.uptime = stack::Uptime(process.process);
    state.memory = stack::ProportionalMemory(process.process);
    for (const auto& answer : health) {
      if (answer.name == process.name) state.health = answer;
    }
    states.push_back(std::move(state));
  }
  return states;
}

absl::StatusOr<Counts> Count(const Globals& globals) {
  // A look at the stack is not to read all that ever happened.
  constexpr size_t kEnough = 2000;
  const auto client = Client::Open(globals);
  if (!client.ok()) return client.status();
  Counts counts;
  v1::PipelineServiceListRequest pipelines_request;
  pipelines_request.set_page_size(500);
  const auto pipelines = ReadPages<v1::Pipeline>(
      *client, *v1::PipelineService::NewStub(client->adapter().channel()),
      &v1::PipelineService::Stub::List, pipelines_request,
      [](v1::PipelineServiceListResponse& page) { return page.mutable_pipelines(); });
  if (!pipelines.ok()) return pipelines.status();
  counts.pipelines = static_cast<int64_t>(pipelines->size());
  v1::EventServiceListRequest events_request;
  events_request.set_page_size(500);
  const auto events = ReadPages<v1::Event>(
      *client, *v1::EventService::NewStub(client->adapter().channel()),
      &v1::EventService::Stub::List, events_request,
      [](v1::EventServiceListResponse& page) { return page.mutable_events(); },
      [](const auto& all) { return all.size() >= kEnough; });
  if (!events.ok()) return events.status();
  counts.events = static_cast<int64_t>(events->size());
  counts.events_more = events->size() >= kEnough;
  const auto unfinished = UnfinishedActions(*client);
  if (!unfinished.ok()) return unfinished.status();
  counts.unfinished = static_cast<int64_t>(unfinished->size());
  return counts;
}

nlohmann::json ToJson(const stack::Layout& layout, const stack::Record& record, bool healthy,
                      const std::vector<ProcessState>& processes, const Counts& counts) {
  const stack::Ports ports = stack::PortsFrom(record.base_port);
  const std::string host = stack::ReachableHost(record.bind_grpc);
  const auto at = [&host](int port) { return stack::HostPort(host, port); };
  nlohmann::json json = {{"id", record.id},
                         {"dataDir", layout.root()},
                         {"running", true},
                         {"healthy", healthy},
                         {"version", record.version},
                         {"supervisorPid", record.supervisor.pid},
                         {"engine", record.engine},
                         {"addresses",
                          {{"http", stack::HttpUrl(record)},
                           {"ingest", at(ports.ingest_grpc)},
                           {"dispatcher", at(ports.dispatcher_grpc)},
                           {"localAdapter", at(ports.adapter_grpc)},
                           {"janitor", at(ports.janitor_grpc)},
                           {"nats", stack::HostPort("127.0.0.1", ports.nats_client)}}},
                         {"processes", nlohmann::json::array()}};
  for (const auto& process : processes) {
    json["processes"].push_back({{"name", process.record.name},
                                 {"pid", process.record.process.pid},
                                 {"ready", process.health.ready},
                                 {"reason", process.health.reason},
                                 {"restarts", process.record.restarts},
                                 {"lastEnd", process.record.last_end},
                                 {"uptimeSeconds", absl::ToInt64Seconds(process.uptime)},
                                 {"memoryBytes", process.memory}});
  }
  if (counts.pipelines >= 0) {
    json["counts"] = {{"pipelines", counts.pipelines},
                      {"events", counts.events},
                      {"eventsMore", counts.events_more},
                      {"unfinishedActions", counts.unfinished}};
  }
  return json;
}

void PrintForPeople(const stack::Layout& layout, const stack::Record& record,
                    const std::vector<ProcessState>& processes, const Counts& counts) {
  const stack::Ports ports = stack::PortsFrom(record.base_port);
  Table table({"PROCESS", "PID", "READY", "RESTARTS", "UPTIME", "MEMORY"});
  int64_t memory = 0;
  for (const auto& process : processes) {
    memory += process.memory;
    const bool ready = process.health.ready;
    table.Add(
        {process.record.name,
         process.record.process.pid == 0 ? "-" : std::to_string(process.record.process.pid),
         {ready ? "yes" : "no: " + process.health.reason, ready ? Colour::kGreen : Colour::kRed},
         std::to_string(process.record.restarts),
         ShortDuration(process.uptime),
         Megabytes(process.memory)});
  }
  memory += stack::ProportionalMemory(record.supervisor);
  table.Add({"supervisor", std::to_string(record.supervisor.pid), "yes", "0",
             ShortDuration(stack::Uptime(record.supervisor)),
             Megabytes(stack::ProportionalMemory(record.supervisor))});
  Print(table.Text());
  // The rest is for people alone; programs have -o json.
  if (!PeopleRead()) return;
  Fields fields;
  const std::string host = stack::ReachableHost(record.bind_grpc);
  fields.Add("HTTP", stack::HttpUrl(record));
  fields.Add("gRPC", "ingest " + stack::HostPort(host, ports.ingest_grpc) + ", dispatcher " +
                         stack::HostPort(host, ports.dispatcher_grpc) + ", local-adapter " +
                         stack::HostPort(host, ports.adapter_grpc) + ", janitor " +
                         stack::HostPort(host, ports.janitor_grpc));
  fields.Add("NATS", "nats://" + stack::HostPort("127.0.0.1", ports.nats_client));
  for (const std::string& line : stack::Exposures(layout, record)) fields.Add("Open", line);
  fields.Add("Engine", record.engine);
  fields.Add("Data", layout.root());
  fields.Add("Memory", Megabytes(memory) + " in all (proportional share)");
  if (counts.pipelines >= 0) {
    fields.Add("Contents", std::to_string(counts.pipelines) + " Pipelines, " +
                               std::to_string(counts.events) + (counts.events_more ? "+" : "") +
                               " Events, " + std::to_string(counts.unfinished) +
                               " unfinished Actions");
  }
  Print("\n" + fields.Text());
}

absl::StatusOr<int> Status(const Globals& globals, Format format) {
  if (globals.chosen && !std::holds_alternative<StackTarget>(globals.chosen->target)) {
    return StatusOfServices(globals, format);
  }
  const auto layout = FindLayout(globals);
  if (!layout.ok()) return layout.status();
  const auto record = ReadRunning(*layout);
  if (!record.ok()) return record.status();
  const auto processes = ReadProcesses(*record);
  bool healthy = !processes.empty();
  for (const auto& process : processes) healthy = healthy && process.health.ready;
  Counts counts;
  if (healthy) {
    const auto counted = Count(globals);
    if (counted.ok()) counts = *counted;
    if (!counted.ok()) Talk("cannot count: " + Message(counted.status()));
  }
  if (format == Format::kPeople) {
    PrintForPeople(*layout, *record, processes, counts);
  } else {
    Print(Render(ToJson(*layout, *record, healthy, processes, counts), format));
  }
  if (!healthy) Talk("not well; the logs are in " + layout->log_dir());
  return healthy ? kOk : kFailure;
}

}  // namespace

void AddStatus(CLI::App& app, Session& session) {
  const auto format = std::make_shared<Format>(Format::kPeople);
  auto* command =
      AddCommand(app, "status", "Show how an Event Reactor is; exits with 1 if it is not well",
                 "  $ reactorctl status\n"
                 "  $ reactorctl status --context lab\n"
                 "  $ reactorctl status -o json | jq -r .addresses.http\n");
  AddOutput(*command, *format, false);
  command->callback([&session, format] {
    session.run = [&session, format] { return Status(session.globals, *format); };
  });
}

}  // namespace eventreactor::cli
