// Runs Actions as containers on this machine, through a container engine
// that speaks the Docker Engine API: docker's or podman's.
//
// One thread per run that does not rest walks its containers in order. It
// begins by looking at
// what the engine has of the run, by label, and goes on from there: killing
// this process at any moment loses nothing, and no container starts twice.
// decision 0007 says more.
#pragma once

#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "libs/adapter/executor.h"
#include "libs/adapter/log_store.h"
#include "services/local-adapter/container_run.h"
#include "services/local-adapter/engine_port.h"
#include "services/local-adapter/run_documents.h"

namespace eventreactor::local {

class ContainerExecutor : public Executor {
 public:
  struct Options {
    // Where the engine listens: unix:///absolute/path.
    std::string engine;
    // Marks this stack's containers and volumes: a DNS label of at most 40
    // characters. Several stacks share an engine.
    std::string stack_id;
    RunOptions run;
  };

  // INVALID_ARGUMENT naming the option. The engine need not be there yet.
  static absl::StatusOr<std::unique_ptr<ContainerExecutor>> Create(const Options& options,
                                                                   LogStore& logs,
                                                                   Documents& documents);
  // Over another engine, for tests.
  ContainerExecutor(const Options& options, std::unique_ptr<Engine> engine, LogStore& logs,
                    Documents& documents);
  // Leaves the containers running, and returns at once but for a call to the
  // bus that is under way.
  ~ContainerExecutor() override;
  ContainerExecutor(const ContainerExecutor&) = delete;
  ContainerExecutor& operator=(const ContainerExecutor&) = delete;

  void SetListener(Listener listener) override;
  absl::Status Start(const v1::Action& action, const v1::Event& event) override;
  std::optional<Observation> Observe(const std::string& uid) override;
  void Stop(const std::string& uid, StopReason reason) override;
  absl::Status Remove(const RunKey& key) override;
  absl::StatusOr<std::vector<RunKey>> List() override;

  // OK if the engine answers; the error says how to start it.
  absl::Status Ping();

 private:
  // Nothing if there is none.
  std::shared_ptr<Run> Find(const std::string& uid);
  absl::Status RemoveAll(const RunKey& key);

  const Options options_;
  const std::unique_ptr<Engine> engine_;
  LogStore& logs_;
  Documents& documents_;

  std::mutex mutex_;
  Listener listener_;
  // By uid.
  std::map<std::string, std::shared_ptr<Run>> runs_;
  // Runs that are being removed must not begin anew meanwhile.
  std::multiset<std::string> removing_;
};

}  // namespace eventreactor::local
