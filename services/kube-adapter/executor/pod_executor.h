// Runs Actions as Pods: one Pod for each, its sources and steps as init
// containers in order.
//
// Names are derived and children have the Action as their owner, so that
// every step may be repeated: killed at any point, the next process finds the
// Pod and goes on from what it says. A Pod that was begun and is no longer
// there is not begun again: what it did is unknown.
#pragma once

#include <condition_variable>
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
#include "services/kube-adapter/executor/log_crew.h"
#include "services/kube-adapter/executor/pod_cache.h"
#include "services/kube-adapter/executor/pod_logs.h"
#include "services/kube-adapter/executor/pod_run.h"
#include "services/kube-adapter/kube/api.h"
#include "services/kube-adapter/kube/client.h"
#include "services/kube-adapter/kube/clock.h"
#include "services/kube-adapter/pod/pod_plan.h"

namespace eventreactor::kube {

class PodExecutor : public Executor {
 public:
  struct Options {
    PodOptions pod;
    PodLogOptions logs;
    // Where Actions run; empty: everywhere.
    std::vector<std::string> namespaces;
    // A Pod stays for so long after it ended.
    absl::Duration keep = absl::Minutes(5);
    // A stopped Pod that its node has not ended by then is deleted.
    absl::Duration stop_patience = absl::Minutes(1);
    // Pods whose logs are read at once.
    size_t log_readers = 256;
  };

  // None is owned.
  PodExecutor(Client& client, LogStore& logs, Recorder& recorder, Options options,
              Clock& clock = SystemClock());
  // Leaves the Pods running.
  ~PodExecutor() override;
  PodExecutor(const PodExecutor&) = delete;
  PodExecutor& operator=(const PodExecutor&) = delete;

  void SetListener(Listener listener) override;
  absl::Status Start(const v1::Action& action, const v1::Event& event) override;
  std::optional<Observation> Observe(const std::string& uid) override;
  void Stop(const std::string& uid, StopReason reason) override;
  absl::Status Remove(const RunKey& key) override;
  absl::StatusOr<std::vector<RunKey>> List() override;

 private:
  using Json = nlohmann::json;

  // Creating (pod_start.cc).
  absl::Status Begin(PodRun& run, const v1::Action& action, const v1::Event& event);
  absl::Status Create(Api& api, const RunKey& key, const v1::Action& action,
                      const v1::Event& event) const;

  // Ending (pod_stop.cc).
  absl::Status EndPod(const PodRun& run);
  absl::Status Delete(const ObjectName& name, const std::string& uid);
  void Expire(const CachedPtr<Json>& pod);
  void RemoveExpired();

  void Seen(const CacheChange<Json>& change);
  void KeepHouse(const std::stop_token& stop);
  void TellOfLost();
  void StoreLogs(PodRun& run);
  void Tell(const RunKey& key);
  std::shared_ptr<PodRun> Find(const std::string& uid);

  Client& client_;
  LogStore& logs_;
  Recorder& recorder_;
  const Options options_;
  Clock& clock_;
  // Asked for when the executor goes: ends requests under way.
  std::stop_source closing_;

  std::mutex mutex_;
  Listener listener_;
  // By the Action's uid.
  std::map<std::string, std::shared_ptr<PodRun>> runs_;
  // When a stop was first asked for, by Clock::Steady.
  std::map<std::string, absl::Duration> stopping_;
  // Ended Pods, and when they go.
  std::map<ObjectName, absl::Time> expiring_;

  // These call into what is above: made last, gone first.
  std::unique_ptr<LogCrew> crew_;
  std::unique_ptr<PodCache> pods_;
  std::jthread house_keeper_;
};

}  // namespace eventreactor::kube
