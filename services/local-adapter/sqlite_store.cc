#include "services/local-adapter/sqlite_store.h"

#include <utility>

namespace eventreactor::local {

absl::StatusOr<std::unique_ptr<SqliteStore>> SqliteStore::Open(const Database::Options& options) {
  absl::StatusOr<std::unique_ptr<Database>> database = Database::Open(options);
  if (!database.ok()) return database.status();
  return std::unique_ptr<SqliteStore>(new SqliteStore(*std::move(database)));
}

absl::StatusOr<ResourceStore::EventState> SqliteStore::StateOfEvent(const std::string& ns,
                                                                    const std::string& name) {
  const Database::Reader reader(*database_);
  Query query = (*reader).Prepare("SELECT dispatched FROM events WHERE namespace = ? AND name = ?");
  const absl::StatusOr<bool> row = query.Bind(ns).Bind(name).Next();
  if (!row.ok()) return row.status();
  if (!*row) return EventState::kAbsent;
  return query.Int(0) != 0 ? EventState::kDispatched : EventState::kRecorded;
}

absl::StatusOr<std::vector<v1::PipelineIdentity>> SqliteStore::PipelineIdentities(
    const std::string& ns) {
  const Database::Reader reader(*database_);
  Query query =
      (*reader).Prepare("SELECT name, uid, generation FROM pipelines WHERE namespace = ?");
  query.Bind(ns);
  std::vector<v1::PipelineIdentity> identities;
  while (true) {
    const absl::StatusOr<bool> row = query.Next();
    if (!row.ok()) return row.status();
    if (!*row) return identities;
    v1::PipelineIdentity& identity = identities.emplace_back();
    identity.set_name(query.Bytes(0));
    identity.set_uid(query.Bytes(1));
    identity.set_generation(query.Int(2));
  }
}

}  // namespace eventreactor::local
