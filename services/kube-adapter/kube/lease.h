// Who leads, by a Lease (coordination.k8s.io/v1).
//
// A Lease does not fence: a leader that was paused may go on for a moment
// after another has taken over. What leaders write must be safe by itself: by
// resourceVersion, and by names that are derived.
//
// Times are those of our own clock since we saw the Lease change, so clocks
// that differ between nodes do no harm.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <nlohmann/json_fwd.hpp>
#include <optional>
#include <string>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "services/kube-adapter/kube/client.h"
#include "services/kube-adapter/kube/clock.h"
#include "services/kube-adapter/kube/resource.h"

namespace eventreactor::kube {

struct LeaseTerms {
  // Others take over when it was not renewed for so long.
  absl::Duration duration = absl::Seconds(15);
  // A leader that could not renew for so long no longer leads.
  absl::Duration renew_deadline = absl::Seconds(10);
  // At most so long between two looks at it; up to two fifths are taken off at
  // random.
  absl::Duration retry = absl::Seconds(2);
};

struct LeaseRecord {
  // Empty: it was released.
  std::string holder{};
  absl::Duration duration{};
  absl::Time acquired = absl::InfinitePast();
  absl::Time renewed = absl::InfinitePast();
  int64_t transitions = 0;
  std::string resource_version{};
};
// INVALID_ARGUMENT (INVALID_LEASE) for what is no Lease.
absl::StatusOr<LeaseRecord> DecodeLease(const nlohmann::json& lease);

struct ObservedLease {
  // Nothing: there is none.
  std::optional<LeaseRecord> record{};
  // When it was first seen like this, by Clock::Steady.
  absl::Duration since{};
};

enum class LeaseMove {
  kCreate,
  // It is ours.
  kRenew,
  // It was released, or not renewed for its duration.
  kTakeOver,
  kWait,
};
// Pure.
LeaseMove Decide(const ObservedLease& lease, absl::Duration now, const std::string& me);

struct LeaderOptions {
  ObjectName lease{};
  // Of this process, unlike any other's: the Pod's name and something random.
  std::string identity{};
  LeaseTerms terms{};
};

struct LeaderCallbacks {
  // On the elector's thread. They must not wait: start and stop other threads'
  // work.
  std::function<void()> started_leading{};
  std::function<void()> stopped_leading{};
  // Someone else leads now.
  std::function<void(const std::string& identity)> new_leader{};
};

// Thread-safe.
class LeaderElector {
 public:
  // INVALID_ARGUMENT for terms that do not fit: duration > renew_deadline >
  // retry. Nothing is owned.
  static absl::StatusOr<std::unique_ptr<LeaderElector>> Create(Client& client,
                                                               LeaderOptions options,
                                                               LeaderCallbacks callbacks,
                                                               Clock& clock = SystemClock());
  // Stops.
  virtual ~LeaderElector() = default;

  virtual void Start() = 0;
  // stopped_leading, then releases the Lease, so that another takes it up
  // within its retry time. Call it when the work has stopped. Repeatable.
  virtual void Stop() = 0;
  virtual bool leading() const = 0;
};

}  // namespace eventreactor::kube
