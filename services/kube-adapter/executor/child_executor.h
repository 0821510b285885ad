// Runs Actions by making one object of the API server for each: a Pod, or a
// Build that somebody else makes a Pod of.
//
// Names are derived and children have the Action as their owner, so that
// every step may be repeated: killed at any point, the next process finds the
// child and goes on from what it says. A child that was begun and is no longer
// there is not begun again: what it did is unknown.
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <stop_token>
#include <string>
#include <thread>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "libs/adapter/executor.h"
#include "libs/adapter/log_store.h"
#include "libs/adapter/recorder.h"
#include "services/kube-adapter/executor/child_cache.h"
#include "services/kube-adapter/executor/child_kind.h"
#include "services/kube-adapter/executor/child_run.h"
#include "services/kube-adapter/executor/log_crew.h"
#include "services/kube-adapter/executor/pod_logs.h"
#include "services/kube-adapter/kube/api.h"
#include "services/kube-adapter/kube/client.h"
#include "services/kube-adapter/kube/clock.h"

namespace eventreactor::kube {

// What executors work with; all of it outlives them.
struct ExecutorPorts {
  Client& client;
  LogStore& logs;
  Recorder& recorder = Recorder::None();
  Clock& clock = SystemClock();
};

struct ChildOptions {
  PodLogOptions logs;
  // Where Actions run; empty: everywhere.
  std::vector<std::string> namespaces;
  // A child stays for so long after it ended.
  absl::Duration keep = absl::Minutes(5);
  // A child that was told to end and has not ended by then is deleted.
  absl::Duration stop_patience = absl::Minutes(1);
  // Pods whose logs are followed at once. What has ended unread is read beside
  // them.
  size_t log_readers = 256;
};

class ChildExecutor : public Executor {
 public:
  // Makes the child of an Action, named ChildName(action), and what it needs.
  // May be repeated. See StartRefusal for what its errors mean.
  using Maker =
      std::function<absl::Status(Api& api, const v1::Action& action, const v1::Event& event)>;

  ChildExecutor(const ExecutorPorts& ports, const ChildKind& kind, Maker make,
                ChildOptions options);
  // Leaves the children running.
  ~ChildExecutor() override;
  ChildExecutor(const ChildExecutor&) = delete;
  ChildExecutor& operator=(const ChildExecutor&) = delete;

  void SetListener(Listener listener) override;
  absl::Status Start(const v1::Action& action, const v1::Event& event) override;
  std::optional<Observation> Observe(const std::string& uid) override;
  void Stop(const std::string& uid, StopReason reason) override;
  absl::Status Remove(const RunKey& key) override;
  absl::StatusOr<std::vector<RunKey>> List() override;

 private:
  using Json = nlohmann::json;

  absl::Status Begin(ChildRun& run, const v1::Action& action, const v1::Event& event);
  void Seen(const CacheChange<Json>& change);
  void ReadLogs(const std::shared_ptr<ChildRun>& run);
  void StoreLogs(ChildRun& run);
  void Tell(const RunKey& key);
  std::shared_ptr<ChildRun> Find(const std::string& uid);

  // Ending (child_stop.cc).
  absl::Status End(const ChildRun& run);
  absl::Status Delete(const ObjectName& name, const std::string& uid);
  void Expire(const CachedPtr<Json>& child);
  absl::Status RemoveExpired(const ObjectName& name);
  void RemoveExpired();
  void KeepHouse(const std::stop_token& stop);
  void TellOfLost();

  const ExecutorPorts ports_;
  const ChildKind kind_;
  const Maker make_;
  const ChildOptions options_;
  // Asked for when the executor goes: ends requests under way.
  std::stop_source closing_;

  std::mutex mutex_;
  Listener listener_;
  // By the Action's uid.
  std::map<std::string, std::shared_ptr<ChildRun>> runs_;
  // When a stop was first asked for, by Clock::Steady.
  std::map<std::string, absl::Duration> stopping_;
  // Ended children, and when they go.
  std::map<ObjectName, absl::Time> expiring_;

  // These call into what is above: made last, gone first.
  std::unique_ptr<LogCrew> followers_;
  // So that no run that has ended waits for the end of those that go on.
  std::unique_ptr<LogCrew> collectors_;
  std::unique_ptr<ChildCache> children_;
  std::jthread house_keeper_;
};

}  // namespace eventreactor::kube
