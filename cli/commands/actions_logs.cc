// reactorctl actions logs: what the containers wrote.
#include <algorithm>
#include <functional>
#include <limits>
#include <memory>
#include <optional>

#include "absl/time/clock.h"
#include "cli/commands/actions.h"
#include "cli/commands/log_tail.h"
#include "cli/errors.h"
#include "eventreactor/v1/action_service.grpc.pb.h"
#include "libs/status/status.h"

namespace eventreactor::cli {
namespace {

struct LogsOptions {
  std::string name;
  std::string step;
  std::optional<absl::Duration> since;
  std::optional<int64_t> tail;
  bool follow = false;
};

// Prints a log, with a heading on stderr wherever another container begins.
class LogPrinter {
 public:
  // Pieces that began before `since` are left out.
  explicit LogPrinter(absl::Time since) : since_(since) {}

  // False if nobody reads stdout any more.
  bool Take(const v1::ReadLogResponse& piece) {
    const std::string fresh = Fresh(piece);
    return fresh.empty() || Show(piece.step(), fresh);
  }

  // Keeps it for the tail instead.
  void Keep(const v1::ReadLogResponse& piece, LogTail& tail) {
    const std::string fresh = Fresh(piece);
    if (!fresh.empty()) tail.Take(piece.step(), fresh);
  }

  bool Show(const std::string& step, const std::string& text) {
    if (step != step_) Talk("==> " + Printable(step));
    step_ = step;
    return Print(text);
  }

 private:
  std::string Fresh(const v1::ReadLogResponse& piece) {
    std::string fresh = cursor_.TakeNew(piece.step(), piece.offset(), piece.data());
    // One whose time is not known is rather shown than lost.
    const bool old = piece.has_time() && ToTime(piece.time()) < since_;
    return old ? "" : fresh;
  }

  const absl::Time since_;
  LogCursor cursor_;
  std::string step_;
};

using TakePiece = std::function<bool(const v1::ReadLogResponse&)>;

// Reads the log until its end, until `deadline`, or until `take` returns false.
absl::Status ReadLog(const Client& client, v1::ActionService::Stub& stub,
                     const v1::ReadLogRequest& request, absl::Time deadline,
                     const TakePiece& take) {
  while (true) {
    grpc::ClientContext context;
    client.adapter().Prepare(context, deadline - absl::Now());
    const auto reader = stub.ReadLog(&context, request);
    v1::ReadLogResponse piece;
    while (reader->Read(&piece)) {
      if (take(piece)) continue;
      context.TryCancel();
      return absl::OkStatus();
    }
    auto status = client.adapter().Translate(reader->Finish());
    // The adapter is being started again: go on where the log was left.
    constexpr auto kPause = absl::Milliseconds(500);
    const bool resume = request.follow() && absl::IsUnavailable(status);
    if (!resume || absl::Now() + kPause > deadline) return status;
    absl::SleepFor(kPause);
  }
}

// The container that the user means by `step`: its full name, or the part
// after build-step- or build-source-.
std::string FullStepName(const v1::Action& action, const std::string& step) {
  for (const auto& state : action.status().step_states()) {
    for (const char* prefix : {"", "build-step-", "build-source-"}) {
      if (state.name() == prefix + step) return state.name();
    }
  }
  const bool full = step.starts_with("build-step-") || step.starts_with("build-source-");
  return full ? step : "build-step-" + step;
}

absl::StatusOr<int> Logs(const Globals& globals, const LogsOptions& options) {
  const auto client = Client::Open(globals);
  if (!client.ok()) return client.status();
  const auto stub = v1::ActionService::NewStub(client->adapter().channel());
  v1::ActionServiceGetRequest get;
  get.set_namespace_(globals.ns);
  get.set_name(options.name);
  const auto action = client->Call(client->adapter(), *stub, &v1::ActionService::Stub::Get, get);
  if (!action.ok()) return action.status();

  v1::ReadLogRequest request;
  request.set_namespace_(globals.ns);
  request.set_name(options.name);
  if (!options.step.empty()) request.set_step(FullStepName(action->action(), options.step));
  LogPrinter printer(options.since ? absl::Now() - *options.since : absl::InfinitePast());
  if (options.tail) {
    LogTail tail(*options.tail);
    const auto keep = [&](const v1::ReadLogResponse& piece) {
      printer.Keep(piece, tail);
      return true;
    };
    absl::Status read =
        ReadLog(*client, *stub, request, absl::Now() + client->call_timeout(), keep);
    if (!read.ok()) return read;
    for (const auto& [step, text] : tail.Finish()) {
      if (!printer.Show(step, text)) return kOk;
    }
    if (!options.follow) return kOk;
  }
  request.set_follow(options.follow);
  // A follower waits for as long as the Action runs, unless told otherwise.
  const absl::Duration limit =
      options.follow ? globals.timeout.value_or(absl::InfiniteDuration()) : client->call_timeout();
  absl::Status read =
      ReadLog(*client, *stub, request, absl::Now() + limit,
              [&printer](const v1::ReadLogResponse& piece) { return printer.Take(piece); });
  if (!read.ok()) return read;
  return kOk;
}

}  // namespace

std::string LogCursor::TakeNew(const std::string& step, int64_t offset, const std::string& data) {
  int64_t& next = next_[step];
  if (offset < 0) {
    // The tail of a log that is gone: nobody knows where it begins. It comes
    // whole, and only once.
    if (next != 0) return "";
    next = std::numeric_limits<int64_t>::max();
    return data;
  }
  const int64_t end = offset + static_cast<int64_t>(data.size());
  if (end <= next) return "";
  const int64_t seen = std::max<int64_t>(0, next - offset);
  next = end;
  return data.substr(static_cast<size_t>(seen));
}

void AddLogs(CLI::App& actions, Session& session) {
  const auto options = std::make_shared<LogsOptions>();
  auto* command = AddCommand(actions, "logs", "Print what an Action's containers wrote",
                             "  $ reactorctl actions logs 0cjs1x9vkq3m7fw2a5tdz8ynhb\n"
                             "  $ reactorctl actions logs -f 0cjs1x9vkq3m7fw2a5tdz8ynhb\n"
                             "  $ reactorctl actions logs --step test "
                             "0cjs1x9vkq3m7fw2a5tdz8ynhb 2>/dev/null > test.log\n"
                             "  $ reactorctl actions logs --tail 20 --since 5m -f "
                             "0cjs1x9vkq3m7fw2a5tdz8ynhb\n");
  command->add_option("NAME", options->name, "The Action's name")->required();
  command->add_flag("-f,--follow", options->follow, "Go on until the Action has ended");
  command->add_option("--step", options->step, "Only this step, such as test");
  AddDuration(*command, "--since", options->since,
              "Only what was written in the last while, such as 5m; of what came in one go, the "
              "time of its first line counts");
  command->add_option("--tail", options->tail, "Only the last lines of each step")
      ->check(CLI::Range(0, 1'000'000))
      ->type_name("LINES");
  command->callback([&session, options] {
    session.run = [&session, options] { return Logs(session.globals, *options); };
  });
}

}  // namespace eventreactor::cli
