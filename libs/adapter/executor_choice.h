// Several executors as one: each Action runs through the one that its spec
// names, or else through the installation's own.
#pragma once

#include <map>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "libs/adapter/executor.h"

namespace eventreactor {

// Thread-safe.
class ExecutorChoice : public Executor {
 public:
  // By the names that spec.executor may have; none is owned. Runs that name
  // none go to `fallback`, which is one of them.
  ExecutorChoice(std::map<std::string, Executor*> executors, std::string fallback);

  void SetListener(Listener listener) override;
  // An Action that names none and was begun before, goes on where it was: the
  // fallback may have been another one then. An Action that names one which is
  // not here is observed as failed.
  absl::Status Start(const v1::Action& action, const v1::Event& event) override;
  std::optional<Observation> Observe(const std::string& uid) override;
  void Stop(const std::string& uid, StopReason reason) override;
  absl::Status Remove(const RunKey& key) override;
  absl::StatusOr<std::vector<RunKey>> List() override;

 private:
  // Null if spec.executor is not here.
  absl::StatusOr<Executor*> Choose(const v1::Action& action);
  Executor* Find(const std::string& uid);
  void Refuse(const v1::Action& action);

  const std::map<std::string, Executor*> executors_;
  const std::string fallback_;
  std::mutex mutex_;
  Listener listener_;
  // By the Action's uid.
  std::map<std::string, Executor*> chosen_;
  std::map<std::string, Observation> refused_;
};

}  // namespace eventreactor
