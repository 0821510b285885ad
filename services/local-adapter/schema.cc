#include "services/local-adapter/schema.h"

#include <array>

#include "absl/strings/str_cat.h"
#include "libs/status/status.h"

namespace eventreactor::local {
namespace {

// Step N leads from version N to N+1. Never edited once released: a change is
// a further step.
//
// A resource's body is the message, serialised; the columns before it are
// what is searched by, and can be read without it. `id` grows in the order of
// creation. A state is stored once: a change's body is empty while the
// resource still is in that state, and where a deletion (type 3) followed it,
// which holds the last state.
constexpr std::array kSteps = {R"sql(
CREATE TABLE events (
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  namespace TEXT NOT NULL,
  name TEXT NOT NULL,
  version INTEGER NOT NULL,
  type TEXT NOT NULL,
  dispatched INTEGER NOT NULL,
  body BLOB NOT NULL
);
CREATE UNIQUE INDEX events_by_name ON events (namespace, name);
CREATE INDEX events_by_type ON events (type);

CREATE TABLE pipelines (
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  namespace TEXT NOT NULL,
  name TEXT NOT NULL,
  version INTEGER NOT NULL,
  uid TEXT NOT NULL,
  generation INTEGER NOT NULL,
  body BLOB NOT NULL
);
CREATE UNIQUE INDEX pipelines_by_name ON pipelines (namespace, name);

CREATE TABLE actions (
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  namespace TEXT NOT NULL,
  name TEXT NOT NULL,
  version INTEGER NOT NULL,
  pipeline TEXT NOT NULL,
  event TEXT NOT NULL,
  unfinished INTEGER NOT NULL,
  undispatched INTEGER NOT NULL,
  body BLOB NOT NULL
);
CREATE UNIQUE INDEX actions_by_name ON actions (namespace, name);
CREATE INDEX actions_by_pipeline ON actions (pipeline);
CREATE INDEX actions_by_event ON actions (event);
CREATE INDEX actions_unfinished ON actions (id) WHERE unfinished = 1;
CREATE INDEX actions_undispatched ON actions (id) WHERE undispatched = 1;

CREATE TABLE changes (
  version INTEGER PRIMARY KEY AUTOINCREMENT,
  kind INTEGER NOT NULL,
  type INTEGER NOT NULL,
  namespace TEXT NOT NULL,
  name TEXT NOT NULL,
  previous INTEGER NOT NULL,
  body BLOB
);
CREATE INDEX changes_deletions ON changes (previous) WHERE type = 3;
)sql",
                               // Documents are replaced whole, under a version that grows. A run's
                               // own are what it was begun with.
                               R"sql(
CREATE TABLE documents (
  version INTEGER PRIMARY KEY AUTOINCREMENT,
  kind TEXT NOT NULL,
  namespace TEXT NOT NULL,
  name TEXT NOT NULL,
  body BLOB NOT NULL
);
CREATE UNIQUE INDEX documents_by_name ON documents (kind, namespace, name);

CREATE TABLE run_documents (
  uid TEXT PRIMARY KEY,
  body BLOB NOT NULL
) WITHOUT ROWID;
)sql"};

}  // namespace

int SchemaVersion() { return static_cast<int>(kSteps.size()); }

absl::Status Migrate(Connection& connection, const std::string& path) {
  const absl::StatusOr<int64_t> version = connection.Number("PRAGMA user_version");
  if (!version.ok()) return version.status();
  if (*version > SchemaVersion()) {
    return MakeStatus(
        absl::StatusCode::kFailedPrecondition, "SCHEMA_TOO_NEW",
        absl::StrCat(path, " has schema version ", *version, ", this program knows up to ",
                     SchemaVersion(), "; use the program that wrote it, or a later one"));
  }
  for (int64_t step = *version; step < SchemaVersion(); ++step) {
    absl::Status status =
        connection.Execute(absl::StrCat("BEGIN IMMEDIATE;", kSteps.at(static_cast<size_t>(step)),
                                        "PRAGMA user_version = ", step + 1, "; COMMIT"));
    if (!status.ok()) {
      if (connection.InTransaction()) connection.Execute("ROLLBACK").IgnoreError();
      return status;
    }
  }
  return absl::OkStatus();
}

}  // namespace eventreactor::local
