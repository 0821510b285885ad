// The database's tables, and the way from each version of them to the next.
#pragma once

#include <string>

#include "absl/status/status.h"
#include "services/local-adapter/sqlite.h"

namespace eventreactor::local {

// The version that this program reads and writes (PRAGMA user_version).
int SchemaVersion();

// Brings the database to that version, in one transaction a step: killed in
// between, it goes on there. FAILED_PRECONDITION (SCHEMA_TOO_NEW) for a
// database that a later program wrote.
absl::Status Migrate(Connection& connection, const std::string& path);

}  // namespace eventreactor::local
