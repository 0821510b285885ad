// An Executor whose containers end when a test says so. What it has begun
// outlives a restart, as containers do: hand the same Engine to the next one.
#pragma once

#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/time/time.h"
#include "libs/adapter/executor.h"

namespace eventreactor {

class FakeExecutor : public Executor {
 public:
  // What is left in the world when the process goes.
  struct Engine {
    std::mutex mutex;
    std::set<RunKey> runs;
    // How often each uid was begun from nothing.
    std::map<std::string, int> begun;
  };

  explicit FakeExecutor(std::shared_ptr<Engine> engine = std::make_shared<Engine>())
      : engine_(std::move(engine)) {}

  void SetListener(Listener listener) override;
  absl::Status Start(const v1::Action& action, const v1::Event& event) override;
  std::optional<Observation> Observe(const std::string& uid) override;
  void Stop(const std::string& uid, StopReason reason) override;
  absl::Status Remove(const RunKey& key) override;
  absl::StatusOr<std::vector<RunKey>> List() override;

  // What a test does to it.
  // The run's one step ends with this exit code.
  void End(const std::string& uid, int exit_code);
  // The run's one step ends for now, until Start is called at or after `until`.
  void Rest(const std::string& uid, absl::Time until);
  // Start, Remove and List answer this until it is OK again. A Remove that
  // fails may have forgotten the run: it is not observed any more.
  void Fail(const absl::Status& status);

  // What a test looks at.
  const std::shared_ptr<Engine>& engine() const { return engine_; }
  // The names of the runs that have begun, have not ended and do not rest, in
  // order of Start.
  std::vector<std::string> Running();
  bool Left(const std::string& uid);
  int Begun(const std::string& uid);

 private:
  struct Run {
    RunKey key;
    Observation seen;
  };
  void Finish(const std::string& uid, const RunResult& result, int exit_code);

  const std::shared_ptr<Engine> engine_;
  std::mutex mutex_;
  Listener listener_;
  absl::Status failure_;
  std::map<std::string, Run> runs_;
  std::vector<std::string> order_;
};

}  // namespace eventreactor
