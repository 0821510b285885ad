// The containers of all runs, which outlive every process, and the executor by
// which one process sees them. A container ends after a while: well, badly,
// neutrally, without a trace, or not before it is stopped.
#pragma once

#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "libs/adapter/executor.h"
#include "tests/simulation/calls.h"
#include "tests/simulation/history.h"

namespace eventreactor::simulation {

enum class Outcome { kSuccess, kFailure, kNeutral, kLost, kHangs };

class ExecutorPort;

// How many may run at once, and of one namespace.
struct Room {
  int all = 1;
  int of_namespace = 1;
};

class Engine {
 public:
  // `process` is the engine's own.
  Engine(Schedule& schedule, ProcessPtr process, History& history, const Room& room)
      : schedule_(schedule), process_(std::move(process)), history_(history), room_(room) {}

  struct Run {
    RunKey key;
    Outcome outcome = Outcome::kSuccess;
    absl::Time begun;
    absl::Time ended = absl::InfiniteFuture();
    std::optional<RunResult> result;
    int exit_code = 0;
  };

  // Begins it, unless it is there; `anew`: also then.
  void Begin(const RunKey& key, bool anew);
  void Stop(const std::string& uid, StopReason reason);
  void Remove(const RunKey& key);
  const Run* Find(const std::string& uid) const;
  std::vector<RunKey> List() const;

  // Begins and takes up nothing for so long.
  void Refuse(absl::Duration time) { refused_until_ = schedule_.now() + time; }
  bool refuses() const { return schedule_.now() < refused_until_; }
  bool ever_refused() const { return refused_until_ != absl::InfinitePast(); }

  // Ever begun: how they were to end, by uid.
  const std::map<std::string, Outcome>& outcomes() const { return outcomes_; }

  void Attach(ExecutorPort* port) {
    ports_.insert(port);
    ++attached_;
  }
  void Detach(ExecutorPort* port) { ports_.erase(port); }

 private:
  void CheckRoom(const std::string& ns);
  void End(const std::string& uid, const RunResult& result, int exit_code);

  Schedule& schedule_;
  const ProcessPtr process_;
  History& history_;
  const Room room_;
  // Processes that ever were.
  int attached_ = 0;
  absl::Time refused_until_ = absl::InfinitePast();
  std::map<std::string, Run> runs_;
  std::map<std::string, Outcome> outcomes_;
  std::set<ExecutorPort*> ports_;
};

// Of one process.
class ExecutorPort : public Executor {
 public:
  ExecutorPort(Engine& engine, Calls& calls, ProcessPtr process, Mutation mutation)
      : engine_(engine), calls_(calls), process_(std::move(process)), mutation_(mutation) {
    engine_.Attach(this);
  }
  ~ExecutorPort() override { engine_.Detach(this); }

  void SetListener(Listener listener) override { listener_ = std::move(listener); }
  absl::Status Start(const v1::Action& action, const v1::Event& event) override;
  std::optional<Observation> Observe(const std::string& uid) override;
  void Stop(const std::string& uid, StopReason reason) override;
  absl::Status Remove(const RunKey& key) override;
  absl::StatusOr<std::vector<RunKey>> List() override;

  void Tell(const RunKey& key);

 private:
  Engine& engine_;
  Calls& calls_;
  const ProcessPtr process_;
  const Mutation mutation_;
  Listener listener_;
  // Of those that this process has begun or taken up.
  std::set<std::string> known_;
};

}  // namespace eventreactor::simulation
