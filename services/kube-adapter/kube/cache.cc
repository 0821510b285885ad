#include "services/kube-adapter/kube/cache.h"

#include <nlohmann/json.hpp>

#include "libs/status/status.h"

namespace eventreactor::kube {

absl::Status CacheNotSynced() {
  return MakeStatus(absl::StatusCode::kUnavailable, "NOT_SYNCED",
                    "this server has not read all objects yet; try again");
}

absl::Status CacheVersionExpired(uint64_t version) {
  return MakeStatus(absl::StatusCode::kOutOfRange, "VERSION_EXPIRED",
                    "what changed after resource version " + std::to_string(version) +
                        " is no longer known; list anew and watch from there");
}

absl::Status CacheClosed() {
  return MakeStatus(absl::StatusCode::kCancelled, "CACHE_CLOSED", "the cache has been closed");
}

CacheOptions<ObjectMetadata> MetadataCacheOptions() {
  CacheOptions<ObjectMetadata> options;
  options.decode = [](nlohmann::json&& object) { return DecodeMetadata(object); };
  return options;
}

}  // namespace eventreactor::kube
