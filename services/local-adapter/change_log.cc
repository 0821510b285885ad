#include "services/local-adapter/change_log.h"

namespace eventreactor::local {
namespace {

absl::Status Forget(Connection& connection, int64_t latest, const ChangeLogLimits& limits) {
  int64_t last_forgotten = latest - limits.changes;
  int64_t bytes = 0;
  {
    Query sizes = connection.Prepare(
        "SELECT version, length(body) FROM changes WHERE version > ? AND body IS NOT NULL "
        "ORDER BY version DESC");
    sizes.Bind(last_forgotten);
    while (true) {
      const absl::StatusOr<bool> row = sizes.Next();
      if (!row.ok()) return row.status();
      if (!*row) break;
      bytes += sizes.Int(1);
      if (bytes > limits.bytes) {
        last_forgotten = sizes.Int(0);
        break;
      }
    }
  }
  return connection.Prepare("DELETE FROM changes WHERE version <= ?").Bind(last_forgotten).Run();
}

}  // namespace

absl::StatusOr<int64_t> AppendChange(Connection& connection, const LoggedChange& change,
                                     const ChangeLogLimits& limits) {
  absl::Status status = connection
                            .Prepare(
                                "INSERT INTO changes (kind, type, namespace, name, previous) "
                                "VALUES (?, ?, ?, ?, ?)")
                            .Bind(static_cast<int>(change.kind))
                            .Bind(change.type)
                            .Bind(change.ns)
                            .Bind(change.name)
                            .Bind(change.previous)
                            .Run();
  if (!status.ok()) return status;
  const int64_t version = connection.LastInsertId();
  if (version % limits.interval == 0) {
    status = Forget(connection, version, limits);
    if (!status.ok()) return status;
  }
  return version;
}

absl::Status SetBody(Connection& connection, int64_t version, const std::string& body) {
  return connection.Prepare("UPDATE changes SET body = ? WHERE version = ?")
      .BindBlob(body)
      .Bind(version)
      .Run();
}

absl::StatusOr<int64_t> LatestVersion(Connection& connection) {
  return connection.Number("SELECT seq FROM sqlite_sequence WHERE name = 'changes'");
}

absl::StatusOr<bool> KnowsAllAfter(Connection& connection, int64_t version) {
  const absl::StatusOr<int64_t> oldest = connection.Number("SELECT min(version) FROM changes");
  if (!oldest.ok()) return oldest.status();
  if (*oldest != 0) return version + 1 >= *oldest;
  const absl::StatusOr<int64_t> latest = LatestVersion(connection);
  if (!latest.ok()) return latest.status();
  return version >= *latest;
}

}  // namespace eventreactor::local
