// reactorctl events publish: one CloudEvent, over gRPC.
#include <memory>
#include <nlohmann/json.hpp>

#include "absl/strings/str_cat.h"
#include "cli/commands/events.h"
#include "cli/errors.h"
#include "cli/manifest_files.h"
#include "eventreactor/v1/ingest_service.grpc.pb.h"
#include "libs/cloudevents/proto.h"
#include "libs/domain/convert.h"
#include "libs/status/status.h"
#include "libs/text/utf8.h"

namespace eventreactor::cli {
namespace {

// What fits into one gRPC message; ingest may allow less.
constexpr size_t kMaxData = size_t{3} << 20;

struct PublishOptions {
  EventInput input;
  std::string data_file;
  // The Event to copy; empty: none.
  std::string copy;
  bool wait = false;
  Format format = Format::kPeople;
};

std::string GuessContentType(const std::string& data) {
  if (nlohmann::json::accept(data)) return "application/json";
  if (FindInvalidUtf8(data) == std::string::npos) return "text/plain; charset=utf-8";
  return "application/octet-stream";
}

absl::StatusOr<cloudevents::CloudEvent> CompleteEvent(EventInput input) {
  if (input.source.empty()) input.source = "/reactorctl";
  return MakeCloudEvent(input);
}

absl::StatusOr<int> Publish(const Globals& globals, PublishOptions options) {
  if (!options.data_file.empty()) {
    if (options.input.data) return UsageError("--data and --data-file exclude each other");
    auto data = ReadInput(options.data_file, kMaxData);
    if (!data.ok()) return data.status();
    options.input.data = *std::move(data);
  }
  if (options.input.id.empty()) options.input.id = RandomUuid();
  // A mistake in the flags is told before anything is asked.
  if (options.copy.empty()) {
    const auto event = CompleteEvent(options.input);
    if (!event.ok()) return event.status();
  }
  std::set<Part> parts = {Part::kIngest};
  if (options.wait || !options.copy.empty()) parts.insert(Part::kAdapter);
  const auto client = Client::Open(globals, parts);
  if (!client.ok()) return client.status();
  if (!options.copy.empty()) {
    const auto original = FindEvent(*client, globals.ns, options.copy);
    if (!original.ok()) return original.status();
    options.input = WithOriginal(options.input, *original);
  }
  const auto event = CompleteEvent(options.input);
  if (!event.ok()) return event.status();
  const auto stub = v1::IngestService::NewStub(client->ingest().channel());
  v1::PublishRequest request;
  request.set_namespace_(globals.ns);
  *request.mutable_event() = cloudevents::ToProto(*event);
  const auto response =
      client->Call(client->ingest(), *stub, &v1::IngestService::Stub::Publish, request);
  if (!response.ok()) return response.status();
  if (response->duplicate()) Talk("accepted before: this is the same Event");
  // Said before waiting: it is accepted, whatever the wait brings.
  if (options.format == Format::kPeople || options.format == Format::kName) {
    Print(response->name() + "\n");
  } else {
    Print(Render({{"name", response->name()},
                  {"namespace", response->namespace_()},
                  {"id", event->id},
                  {"duplicate", response->duplicate()}},
                 options.format));
  }
  if (options.wait) {
    const auto recorded =
        AwaitEvent(*client, response->namespace_(), response->name(), client->call_timeout());
    if (!recorded.ok()) return recorded.status();
  }
  return kOk;
}

}  // namespace

EventInput WithOriginal(EventInput input, const v1::Event& original) {
  const cloudevents::CloudEvent copied = CloudEventFromEvent(original);
  const auto fill = [](std::string& value, const std::string& from) {
    if (value.empty()) value = from;
  };
  fill(input.type, copied.type);
  fill(input.source, copied.source);
  fill(input.subject, copied.subject);
  fill(input.schema, copied.dataschema);
  // Other data may be of another type.
  if (!input.data) {
    input.data = copied.data;
    if (!input.content_type) input.content_type = copied.datacontenttype;
  }
  std::vector<std::string> extensions;
  extensions.reserve(copied.extensions.size() + input.extensions.size());
  for (const auto& [name, value] : copied.extensions) {
    extensions.push_back(absl::StrCat(name, "=", value));
  }
  // The later one of a name wins.
  extensions.insert(extensions.end(), input.extensions.begin(), input.extensions.end());
  input.extensions = std::move(extensions);
  return input;
}

absl::StatusOr<cloudevents::CloudEvent> MakeCloudEvent(const EventInput& input) {
  cloudevents::CloudEvent event;
  event.id = input.id;
  event.type = input.type;
  event.source = input.source;
  event.subject = input.subject;
  event.time = input.time;
  event.dataschema = input.schema;
  event.data = input.data;
  if (input.content_type) {
    event.datacontenttype = *input.content_type;
  } else if (input.data) {
    event.datacontenttype = GuessContentType(*input.data);
  }
  for (const auto& extension : input.extensions) {
    const size_t equals = extension.find('=');
    if (equals == std::string::npos || equals == 0) {
      return UsageError("--ext: \"" + extension + "\" is not NAME=VALUE");
    }
    event.extensions[extension.substr(0, equals)] = extension.substr(equals + 1);
  }
  cloudevents::Limits limits;
  limits.max_data = kMaxData;
  const auto status = cloudevents::Validate(event, limits);
  if (!status.ok()) return status;
  return event;
}

std::string RandomUuid() {
  std::string digits = stack::RandomHex(16);
  digits[12] = '4';
  constexpr char kVariant[] = "89ab";
  digits[16] = kVariant[static_cast<unsigned char>(digits[16]) % 4];
  for (const size_t place : {8, 13, 18, 23}) digits.insert(place, "-");
  return digits;
}

void AddPublish(CLI::App& events, Session& session) {
  const auto options = std::make_shared<PublishOptions>();
  EventInput& input = options->input;
  // An empty variable of a script is not the same as no flag.
  const CLI::Validator not_empty(
      [](const std::string& value) {
        return value.empty() ? std::string("is empty; leave the flag out for its default") : "";
      },
      "");
  auto* command = AddCommand(
      events, "publish", "Send a CloudEvent; prints the name of its Event",
      "  $ reactorctl events publish -t com.example.push -s /repo/a -d '{\"ref\": \"main\"}'\n"
      "  $ reactorctl events publish -t com.example.photo --data-file cat.jpg -c image/jpeg\n"
      "  $ reactorctl events publish -t com.example.tick --id tick-1 --ext priority=high --wait\n"
      "  $ reactorctl events publish --copy 0cjs1x9vkq3m7fw2a5tdz8ynhb -d '{\"ref\": \"next\"}'\n");
  command->add_option("-t,--type", input.type, "CloudEvents type; required but for --copy")
      ->check(not_empty);
  command->add_option("-s,--source", input.source, "CloudEvents source (default: /reactorctl)")
      ->check(not_empty);
  command->add_option("-d,--data", input.data, "The data");
  command->add_option("--data-file", options->data_file, "A file that holds the data, or -");
  command->add_option("-c,--content-type", input.content_type,
                      "What the data is (default: what it looks like: JSON, text or bytes)");
  command
      ->add_option("--id", input.id,
                   "CloudEvents id; the same source and id again is the same Event "
                   "(default: a random UUID)")
      ->check(not_empty);
  command->add_option("--subject", input.subject, "CloudEvents subject");
  command->add_option("--dataschema", input.schema, "CloudEvents dataschema (a URI)");
  command->add_option("--time", input.time, "CloudEvents time (RFC 3339)");
  command->add_option("--ext", input.extensions, "An extension attribute, NAME=VALUE")
      ->expected(1)
      ->take_all();
  command->add_option("--copy", options->copy,
                      "Send what this Event was once more, with an id of its own: all that the "
                      "other flags do not say, but for the time");
  command->add_flag("--wait", options->wait,
                    "Return when the Event is recorded and its Actions are created");
  AddOutput(*command, options->format);
  command->callback([&session, options] {
    if (options->copy.empty() && options->input.type.empty()) {
      throw CLI::ValidationError("--type is required, or --copy NAME");
    }
    session.run = [&session, options] { return Publish(session.globals, *options); };
  });
}

}  // namespace eventreactor::cli
