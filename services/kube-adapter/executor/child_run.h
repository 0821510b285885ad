// One Action's Pod or Build as its executor knows it: what was last seen of
// it, what was asked of it, and how far its logs are stored.
#pragma once

#include <condition_variable>
#include <map>
#include <memory>
#include <mutex>
#include <nlohmann/json_fwd.hpp>
#include <optional>
#include <string>

#include "absl/time/time.h"
#include "libs/adapter/executor.h"
#include "services/kube-adapter/executor/child_kind.h"

namespace eventreactor::kube {

// Thread-safe.
// Who is to read a run's logs.
enum class LogTurn {
  kNobody,
  // Whoever follows what is being written.
  kFollower,
  // Whoever reads what is there in the end.
  kCollector,
};

class ChildRun {
 public:
  using Json = std::shared_ptr<const nlohmann::json>;

  // `kind` outlives it. `timeout` is the Action's, for words.
  ChildRun(const ChildKind& kind, RunKey key, ObjectName child, absl::Duration timeout);
  ~ChildRun();
  ChildRun(const ChildRun&) = delete;
  ChildRun& operator=(const ChildRun&) = delete;

  const ChildKind& kind() const { return kind_; }
  const RunKey& key() const { return key_; }
  const ObjectName& child() const { return child_; }
  // The Pod that has the steps' containers; without a name as long as that is
  // not known.
  ObjectName pod() const;

  // The child's latest state; `gone`: its last one.
  void See(Json child, bool gone);
  // The run ended without a child.
  void Refuse(const RunResult& result);
  void RequestStop(StopReason reason);
  StopReason stop() const;
  // Ends Await and whoever waits in it.
  void Abandon();
  bool abandoned() const;

  // Whose turn it has become since it was asked last: a follower's once a
  // container of an Action's was started, a collector's once all is over.
  LogTurn NextLogTurn(absl::Time now);
  // True for the first who asks: one reads the logs, to their end.
  bool ClaimLogs();

  // The tail of an ended container's log.
  void KeepTail(const std::string& step, std::string tail);
  void LogsStored();

  // The result is held back until the logs are stored.
  Observation Observe(absl::Time now) const;
  // The same, not held back.
  Observation Look(absl::Time now) const;
  // Null until the child was seen.
  Json latest() const;
  bool gone() const;

  // Waits for the next See, Refuse or RequestStop after the one numbered
  // `seen`, or for `wait`; returns the number of the last.
  int Await(int seen, absl::Duration wait) const;

 private:
  Observation LookLocked(absl::Time now) const;
  void Changed();

  const ChildKind& kind_;
  const RunKey key_;
  const ObjectName child_;
  const absl::Duration timeout_;

  mutable std::mutex mutex_;
  mutable std::condition_variable changed_;
  int changes_ = 0;
  Json latest_;
  bool gone_ = false;
  std::optional<RunResult> refused_;
  StopReason stop_ = StopReason::kNone;
  bool abandoned_ = false;
  LogTurn log_turn_ = LogTurn::kNobody;
  bool logs_claimed_ = false;
  bool logs_stored_ = false;
  std::map<std::string, std::string> tails_;
};

}  // namespace eventreactor::kube
