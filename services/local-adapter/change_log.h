// The last changes of all resources, so that watches resume from a version.
// Its row numbers are the store's versions.
#pragma once

#include <cstdint>
#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "eventreactor/v1/meta.pb.h"
#include "services/local-adapter/sqlite.h"

namespace eventreactor::local {

// Stored in the database: values never change.
enum class Kind : int { kEvent = 1, kPipeline = 2, kAction = 3 };

struct ChangeLogLimits {
  int64_t changes = 10'000;
  // Of bodies that are no longer those of a resource.
  int64_t bytes = int64_t{64} << 20;
  // Looked after every so many changes.
  int64_t interval = 256;
};

struct LoggedChange {
  Kind kind = Kind::kEvent;
  v1::ChangeType type = v1::CHANGE_TYPE_UNSPECIFIED;
  const std::string& ns;
  const std::string& name;
  // The version of the state before; 0 if there was none.
  int64_t previous = 0;
};

// Within a transaction: gives the change its version, and forgets changes
// beyond the limits. Its body is the resource's own until SetBody, or that of
// the deletion that followed.
absl::StatusOr<int64_t> AppendChange(Connection& connection, const LoggedChange& change,
                                     const ChangeLogLimits& limits);

// Within a transaction: what the state of that version was, now that the
// resource has another.
absl::Status SetBody(Connection& connection, int64_t version, const std::string& body);

// The last version that was given; 0 in a new database.
absl::StatusOr<int64_t> LatestVersion(Connection& connection);

// True if no change after this version was forgotten.
absl::StatusOr<bool> KnowsAllAfter(Connection& connection, int64_t version);

}  // namespace eventreactor::local
