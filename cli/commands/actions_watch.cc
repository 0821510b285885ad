// reactorctl actions watch: what runs, live.
#include <algorithm>
#include <atomic>
#include <condition_variable>
#include <csignal>
#include <map>
#include <memory>
#include <mutex>
#include <set>
#include <thread>

#include "cli/commands/actions.h"
#include "cli/commands/follow.h"
#include "cli/errors.h"
#include "cli/watch/screen.h"
#include "eventreactor/v1/action_service.grpc.pb.h"

namespace eventreactor::cli {
namespace {

// A terminal is drawn on this often.
constexpr auto kTick = std::chrono::milliseconds(100);
// What has ended longest ago is forgotten beyond so many.
constexpr size_t kMostActions = 1000;
constexpr int kInterrupted = 130;

struct WatchOptions {
  std::vector<std::string> names;
  std::string pipeline;
  std::string event;
  std::string selector;
  bool exit_status = false;
};

std::atomic<bool> interrupted = false;
void Interrupt(int /*signal*/) { interrupted = true; }

// What is known of the Actions; one thread follows, another one draws.
class Board {
 public:
  explicit Board(const WatchOptions& options)
      : options_(options), left_(options.names.begin(), options.names.end()) {}

  // CANCELLED (ALL_ENDED) once all that were named have ended, or the drawing
  // has.
  absl::Status Take(v1::ChangeType type, const v1::Action& action) {
    const std::lock_guard lock(mutex_);
    if (!Wants(action)) return Verdict();
    const std::string& name = action.metadata().name();
    v1::Action& known = actions_[name];
    if (!PeopleRead()) {
      for (const auto& line : ChangesBetween(known, action)) Print(line + "\n");
    }
    known = action;
    const bool ended = action.status().completion() != v1::COMPLETION_UNSPECIFIED;
    if (ended && left_.erase(name) > 0) {
      exit_code_ = std::max(exit_code_, ExitStatusOf(action.status().completion()));
    }
    // One that was deleted does not end any more.
    if (type == v1::CHANGE_TYPE_DELETED) {
      if (left_.erase(name) > 0) exit_code_ = std::max(exit_code_, kFailure);
      actions_.erase(name);
    }
    if (actions_.size() > kMostActions) ForgetOldest();
    return Verdict();
  }

  absl::Status Begin(const std::vector<v1::Action>& all) {
    for (const auto& action : all) {
      if (absl::Status status = Take(v1::CHANGE_TYPE_ADDED, action); !status.ok()) return status;
    }
    return absl::OkStatus();
  }

  std::vector<v1::Action> Actions() {
    const std::lock_guard lock(mutex_);
    std::vector<v1::Action> actions;
    actions.reserve(actions_.size());
    for (const auto& each : actions_) actions.push_back(each.second);
    return actions;
  }

  int exit_code() {
    const std::lock_guard lock(mutex_);
    return exit_code_;
  }

  // Nothing more is wanted.
  void Stop() { stopped_ = true; }
  bool stopped() const { return stopped_; }

 private:
  bool Wants(const v1::Action& action) const {
    const auto& spec = action.spec();
    const auto& names = options_.names;
    return (names.empty() ||
            std::find(names.begin(), names.end(), action.metadata().name()) != names.end()) &&
           (options_.pipeline.empty() || spec.pipeline().name() == options_.pipeline) &&
           (options_.event.empty() || spec.event().name() == options_.event);
  }

  absl::Status Verdict() const {
    if (stopped_ || (!options_.names.empty() && left_.empty())) {
      return MakeStatus(absl::StatusCode::kCancelled, "ALL_ENDED", "nothing is left to watch");
    }
    return absl::OkStatus();
  }

  void ForgetOldest() {
    const auto oldest =
        std::min_element(actions_.begin(), actions_.end(), [](const auto& a, const auto& b) {
          return std::pair(a.second.status().completion() == v1::COMPLETION_UNSPECIFIED,
                           ToTime(a.second.metadata().creation_timestamp())) <
                 std::pair(b.second.status().completion() == v1::COMPLETION_UNSPECIFIED,
                           ToTime(b.second.metadata().creation_timestamp()));
        });
    actions_.erase(oldest);
  }

  const WatchOptions& options_;
  std::atomic<bool> stopped_ = false;
  std::mutex mutex_;
  std::map<std::string, v1::Action> actions_;
  // Of those that were named, the ones that have not ended.
  std::set<std::string> left_;
  int exit_code_ = kOk;
};

// Names that are not there would be watched for ever.
absl::Status CheckNames(const Client& client, v1::ActionService::Stub& stub, const Globals& globals,
                        const WatchOptions& options) {
  for (const auto& name : options.names) {
    v1::ActionServiceGetRequest get;
    get.set_namespace_(globals.ns);
    get.set_name(name);
    const auto found = client.Call(client.adapter(), stub, &v1::ActionService::Stub::Get, get);
    if (!found.ok()) return found.status();
  }
  return absl::OkStatus();
}

// Draws until `done`, or Ctrl-C; then what was last seen stays on the screen.
void DrawUntil(Board& board, const std::atomic<bool>& done) {
  std::vector<FrameLine> last;
  {
    Screen screen;
    for (int tick = 0; !done && !interrupted; ++tick) {
      const FrameSize size = Screen::Size();
      if (!screen.Draw(WatchFrame(board.Actions(), size, absl::Now(), tick), size)) break;
      std::this_thread::sleep_for(kTick);
    }
    last = WatchFrame(board.Actions(), Screen::Size(), absl::Now(), 0);
  }
  std::string text;
  for (const auto& line : last) text += Paint(line.text, line.colour) + "\n";
  Print(text);
}

absl::StatusOr<int> Watch(const Globals& globals, const WatchOptions& options) {
  const auto client = Client::Open(globals);
  if (!client.ok()) return client.status();
  const auto stub = v1::ActionService::NewStub(client->adapter().channel());
  if (absl::Status there = CheckNames(*client, *stub, globals, options); !there.ok()) return there;
  Board board(options);
  v1::ActionServiceWatchRequest request;
  request.set_namespace_(globals.ns);
  request.set_label_selector(options.selector);
  if (options.names.size() == 1) request.set_name(options.names.front());
  Follower<v1::Action> follower;
  follower.begin = [&board](const std::vector<v1::Action>& all) { return board.Begin(all); };
  follower.change = [&board](v1::ChangeType type, const v1::Action& action) {
    return board.Take(type, action);
  };
  const absl::Time deadline = absl::Now() + globals.timeout.value_or(absl::InfiniteDuration());
  WatchStop stop;
  const auto follow = [&] {
    return FollowResources<v1::Action>(
        *client, *stub, &v1::ActionService::Stub::Watch, request,
        [](v1::ActionServiceWatchResponse& change) { return change.mutable_action(); }, deadline,
        follower, &stop);
  };
  absl::Status ended;
  if (PeopleRead()) {
    std::signal(SIGINT, &Interrupt);
    std::signal(SIGTERM, &Interrupt);
    std::atomic<bool> done = false;
    std::thread thread([&] {
      ended = follow();
      done = true;
    });
    DrawUntil(board, done);
    stop.Stop();
    thread.join();
    if (interrupted) return kInterrupted;
  } else {
    ended = follow();
  }
  if (Reason(ended) != "ALL_ENDED") return ended;
  return options.exit_status ? board.exit_code() : kOk;
}

}  // namespace

void AddWatch(CLI::App& actions, Session& session) {
  const auto options = std::make_shared<WatchOptions>();
  auto* command = AddCommand(
      actions, "watch", "Show Actions and their steps as they run",
      "  $ reactorctl actions watch                 all of the namespace, until Ctrl-C\n"
      "  $ reactorctl actions watch -e 0cjs1x9vkq3m7fw2a5tdz8ynhb\n"
      "  $ reactorctl actions watch --exit-status 0cjs1x9vkq3m7fw2a5tdz8ynhb && echo passed\n"
      "  $ reactorctl actions watch -p build | tee build.log\n"
      "\nOn a terminal it is drawn again and again; otherwise there is a line for each change:\n"
      "PIPELINE, ACTION, STEP (- for all of it) and what became of it, with tabs between.\n");
  command->add_option("NAME", options->names, "End when these have ended");
  command->add_option("-p,--pipeline", options->pipeline, "Only runs of this Pipeline");
  command->add_option("-e,--event", options->event, "Only what this Event led to");
  command->add_option("-l,--selector", options->selector, "A label selector, such as a=b,c!=d");
  command->add_flag("--exit-status", options->exit_status,
                    "With names: exit with 1 if one failed, 2 if one was lost");
  command->callback([&session, options] {
    session.run = [&session, options] { return Watch(session.globals, *options); };
  });
}

}  // namespace eventreactor::cli
