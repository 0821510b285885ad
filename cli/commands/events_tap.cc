// reactorctl events tap: what is accepted, live.
#include <memory>
#include <nlohmann/json.hpp>

#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "cli/commands/events.h"
#include "cli/errors.h"
#include "cli/tap/feed_address.h"
#include "cli/tap/tapped.h"
#include "libs/cloudevents/nats.h"
#include "libs/status/status.h"

namespace eventreactor::cli {
namespace {

struct TapOptions {
  std::vector<std::string> types;
  std::string source;
  std::string kind = "event";
  int64_t most = 0;
  bool all = false;
  Output output;
};

// The event's line.
absl::StatusOr<std::string> TapLine(const cloudevents::CloudEvent& event, const std::string& ns,
                                    const TapOptions& options) {
  if (!options.output.ForPeople()) {
    const nlohmann::json json = TappedJson(event);
    if (options.output.format != Format::kJson) return Rendered(json, options.output);
    return json.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace) + "\n";
  }
  const std::string gap = PeopleRead() ? "  " : "\t";
  std::string line = absl::FormatTime("%Y-%m-%dT%H:%M:%E3SZ", absl::Now(), absl::UTCTimeZone());
  if (options.all) absl::StrAppend(&line, gap, Printable(ns));
  for (const Cell& cell : TappedCells(event)) absl::StrAppend(&line, gap, Printable(cell.text));
  return line + "\n";
}

std::string NamespaceOf(const bus::Message& message) {
  for (const auto& [name, value] : message.headers) {
    if (name == "er-namespace") return value;
  }
  return "";
}

absl::StatusOr<int> Tap(const Globals& globals, const TapOptions& options) {
  const auto filter = TapFilter::Make(options.types, options.source);
  if (!filter.ok()) return filter.status();
  constexpr absl::Duration kConnect = absl::Seconds(30);
  auto address = FindFeed(globals, kConnect);
  if (!address.ok()) return address.status();
  address->options.subject = filter->Subject(options.kind, options.all ? "" : globals.ns);
  const auto feed = Feed::Open(address->options);
  if (!feed.ok()) return feed.status();
  if (PeopleRead()) Talk("listening; Ctrl-C ends it");
  const absl::Time deadline = absl::Now() + globals.timeout.value_or(absl::InfiniteDuration());
  int64_t shown = 0;
  while (options.most == 0 || shown < options.most) {
    const absl::Duration left = deadline - absl::Now();
    if (left <= absl::ZeroDuration()) {
      return MakeStatus(absl::StatusCode::kDeadlineExceeded, "TIME_IS_UP",
                        "the time to listen is up (--timeout)");
    }
    const auto message = (*feed)->Next(std::min(left, absl::Seconds(1)));
    if (const int64_t lost = (*feed)->TakeLost(); lost > 0) {
      Talk(absl::StrCat(lost, " messages came faster than they were read, and are lost here"));
    }
    if (!message) continue;
    const auto event = cloudevents::FromNats(message->headers, message->payload);
    // What is no CloudEvent is nothing of ours.
    if (!event.ok() || !filter->Wants(*event)) continue;
    const auto line = TapLine(*event, NamespaceOf(*message), options);
    if (!line.ok()) return line.status();
    if (!Print(*line)) return kOk;
    ++shown;
  }
  return kOk;
}

}  // namespace

void AddTap(CLI::App& events, Session& session) {
  const auto options = std::make_shared<TapOptions>();
  auto* command = AddCommand(
      events, "tap", "Print CloudEvents as they are accepted, over NATS",
      "  $ reactorctl events tap\n"
      "  $ reactorctl events tap -t com.example.push -t 'org.example.*' --source ^/repo/a\n"
      "  $ reactorctl events tap -o json | jq -r .data.ref\n"
      "  $ reactorctl events tap --kind action    what becomes of Actions, as CloudEvents\n"
      "\nNothing is kept for a tap: what was accepted before, or while the connection is lost,\n"
      "does not come; `events list --watch` misses nothing.\n");
  command
      ->add_option("-t,--type", options->types,
                   "Only this CloudEvents type, or all below one: com.example.*")
      ->expected(1)
      ->take_all();
  command->add_option("-s,--source", options->source,
                      "Only of sources in which this RE2 pattern is found");
  command
      ->add_option("--kind", options->kind,
                   "What to listen to: event, dispatched, action, log; * for all")
      ->capture_default_str()
      ->check(CLI::IsMember({"event", "dispatched", "action", "log", "*"}));
  command->add_option("--max", options->most, "End after so many")
      ->check(CLI::Range(1, 1'000'000'000))
      ->type_name("NUMBER");
  AddAllNamespaces(*command, options->all);
  AddOutput(*command, options->output, {.name = false});
  command->callback([&session, options] {
    session.run = [&session, options] { return Tap(session.globals, *options); };
  });
}

}  // namespace eventreactor::cli
