// What the reconciler remembers of each Action that is not dispatched yet:
// names, and what cannot be read from anywhere. All of it can be lost.
#pragma once

#include <functional>
#include <map>
#include <mutex>
#include <optional>
#include <set>
#include <string>
#include <tuple>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/time/time.h"
#include "libs/adapter/executor.h"
#include "libs/adapter/reconciler_metrics.h"

namespace eventreactor {

struct RunNote {
  RunPhase phase = RunPhase::kPending;
  // See Facts; infinite past: not yet known.
  absl::Time known_since = absl::InfinitePast();
  absl::Time begun = absl::InfinitePast();
  // The version that we wrote last: its change is no news.
  std::string own_version;
  // When it is told at the latest what it waits for; infinite past: not yet.
  absl::Time tell_at = absl::InfinitePast();
  // Failures in a row.
  int failures = 0;
  absl::Status start_error;
  absl::Time start_again = absl::InfinitePast();
  int start_failures = 0;
  // See Facts.
  absl::Time refused_since = absl::InfiniteFuture();
  absl::Time published_at = absl::InfinitePast();
  int publish_failures = 0;
  // Why the bus will never take it; OK: it may.
  absl::Status unpublishable;
  // Nothing is left in the executor.
  bool removed = false;
};

// Thread-safe.
class RunLedger {
 public:
  explicit RunLedger(ReconcilerMetrics& metrics) : metrics_(metrics) {}
  ~RunLedger();
  RunLedger(const RunLedger&) = delete;
  RunLedger& operator=(const RunLedger&) = delete;

  // Makes the note if there is none.
  RunNote Get(const RunKey& key);
  void Change(const RunKey& key, const std::function<void(RunNote&)>& change);
  std::optional<RunNote> Find(const RunKey& key) const;
  void Forget(const RunKey& key);

  // Who waits for an Event to be recorded.
  void WaitForEvent(const RunKey& key, const std::string& event);
  std::vector<RunKey> WaitingFor(const std::string& ns, const std::string& event) const;
  std::vector<RunKey> WaitingForAnyEvent() const;
  void StopWaiting(const RunKey& key);

  std::vector<RunKey> All() const;

 private:
  using Waiting = std::pair<const RunKey, std::string>;
  struct ByEvent {
    using is_transparent = void;
    using Event = std::pair<const std::string&, const std::string&>;
    static Event Of(const Waiting* each) { return {each->first.ns, each->second}; }
    bool operator()(const Waiting* a, const Waiting* b) const {
      return std::tie(a->first.ns, a->second, a->first) <
             std::tie(b->first.ns, b->second, b->first);
    }
    bool operator()(const Waiting* a, const Event& b) const { return Of(a) < b; }
    bool operator()(const Event& a, const Waiting* b) const { return a < Of(b); }
  };

  // With the lock held.
  void Unlink(const RunKey& key);

  ReconcilerMetrics& metrics_;
  mutable std::mutex mutex_;
  std::map<RunKey, RunNote> notes_;
  // Of those that wait: the name of the Event.
  std::map<RunKey, std::string> event_of_;
  // The same by Event.
  std::set<const Waiting*, ByEvent> waiting_;
};

}  // namespace eventreactor
