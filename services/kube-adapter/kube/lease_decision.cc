// The pure part of lease.h.
#include <nlohmann/json.hpp>

#include "libs/status/status.h"
#include "services/kube-adapter/kube/json_text.h"
#include "services/kube-adapter/kube/lease.h"

namespace eventreactor::kube {
namespace {

using nlohmann::json;

absl::Time TimeAt(const json& object, const char* key) {
  absl::Time time = absl::InfinitePast();
  absl::ParseTime(absl::RFC3339_full, StringAt(object, key), &time, nullptr);
  return time;
}

}  // namespace

absl::StatusOr<LeaseRecord> DecodeLease(const json& lease) {
  const json& metadata = ObjectAt(lease, "metadata");
  if (StringAt(lease, "kind") != "Lease" || StringAt(metadata, "resourceVersion").empty()) {
    return MakeStatus(absl::StatusCode::kInvalidArgument, "INVALID_LEASE", "this is no Lease");
  }
  const json& spec = ObjectAt(lease, "spec");
  LeaseRecord record;
  record.holder = StringAt(spec, "holderIdentity");
  const int64_t seconds = IntAt(spec, "leaseDurationSeconds");
  record.duration = seconds > 0 ? absl::Seconds(seconds) : LeaseTerms{}.duration;
  record.acquired = TimeAt(spec, "acquireTime");
  record.renewed = TimeAt(spec, "renewTime");
  record.transitions = IntAt(spec, "leaseTransitions");
  record.resource_version = StringAt(metadata, "resourceVersion");
  return record;
}

LeaseMove Decide(const ObservedLease& lease, absl::Duration now, const std::string& me) {
  if (!lease.record) return LeaseMove::kCreate;
  if (lease.record->holder == me) return LeaseMove::kRenew;
  if (lease.record->holder.empty()) return LeaseMove::kTakeOver;
  return now >= lease.since + lease.record->duration ? LeaseMove::kTakeOver : LeaseMove::kWait;
}

}  // namespace eventreactor::kube
