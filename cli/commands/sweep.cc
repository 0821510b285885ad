// reactorctl sweep: has the janitor remove what is beyond the retention, now.
#include <memory>

#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "cli/command_line.h"
#include "cli/errors.h"
#include "eventreactor/v1/janitor_service.grpc.pb.h"
#include "libs/status/status.h"

namespace eventreactor::cli {
namespace {

// How long the janitor may be at a sweep of its own.
constexpr absl::Duration kSweepWait = absl::Seconds(30);
constexpr absl::Duration kAskAgain = absl::Milliseconds(200);

std::string LineOf(const v1::Removal& removal) {
  return absl::StrCat(removal.kind() == v1::RETAINED_KIND_ACTION ? "action " : "event ",
                      Printable(removal.namespace_()), "/", Printable(removal.name()), " ",
                      Printable(removal.message()), "\n");
}

std::string SweptOf(const v1::SweptKind& swept, const std::string& kinds) {
  std::string text = absl::StrCat(swept.removed(), " of ", swept.found(), " ", kinds);
  if (swept.kept() > 0) absl::StrAppend(&text, " (", swept.kept(), " more are needed still)");
  if (swept.failed() > 0) absl::StrAppend(&text, " (", swept.failed(), " could not be removed)");
  return text;
}

absl::Status SweepOnce(const Client& client, v1::JanitorService::Stub& stub, bool dry_run,
                       v1::SweepSummary& summary) {
  grpc::ClientContext context;
  // It goes on for as long as there is something to remove.
  client.janitor().Prepare(context, absl::InfiniteDuration());
  v1::SweepRequest request;
  request.set_dry_run(dry_run);
  const auto reader = stub.Sweep(&context, request);
  v1::SweepResponse response;
  while (reader->Read(&response)) {
    if (response.has_summary()) summary = response.summary();
    // Where nobody reads any more, the sweep ends with the call.
    if (response.has_removal() && !Print(LineOf(response.removal()))) context.TryCancel();
  }
  return client.janitor().Translate(reader->Finish());
}

absl::StatusOr<int> Sweep(const Globals& globals, bool dry_run) {
  const auto client = Client::Open(globals, {Part::kJanitor});
  if (!client.ok()) return client.status();
  const auto stub = v1::JanitorService::NewStub(client->janitor().channel());
  const absl::Time deadline = absl::Now() + globals.timeout.value_or(kSweepWait);
  v1::SweepSummary summary;
  absl::Status status = SweepOnce(*client, *stub, dry_run, summary);
  while (Reason(status) == "SWEEP_RUNNING" && absl::Now() < deadline) {
    absl::SleepFor(kAskAgain);
    status = SweepOnce(*client, *stub, dry_run, summary);
  }
  if (!status.ok()) return status;
  Talk(absl::StrCat(dry_run ? "would remove " : "removed ", SweptOf(summary.actions(), "Actions"),
                    ", ", SweptOf(summary.events(), "Events")));
  if (summary.partial()) Talk("there is more to remove: sweep again, or leave it to the janitor");
  return summary.actions().failed() + summary.events().failed() == 0 ? kOk : kFailure;
}

}  // namespace

void AddSweep(CLI::App& app, Session& session) {
  const auto dry_run = std::make_shared<bool>(false);
  auto* command = AddCommand(
      app, "sweep", "Remove what is beyond the janitor's retention now, in all namespaces",
      "  $ reactorctl sweep --dry-run     what would go, and why\n"
      "  $ reactorctl sweep\n"
      "\nThe janitor does so by itself every ten minutes. Prints each Action and Event that went;\n"
      "exits with 1 if one could not be removed.\n");
  command->add_flag("--dry-run", *dry_run, "Remove nothing: print what would go, and why");
  command->callback([&session, dry_run] {
    session.run = [&session, dry_run] { return Sweep(session.globals, *dry_run); };
  });
}

}  // namespace eventreactor::cli
