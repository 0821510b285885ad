#include "services/local-adapter/sqlite_store.h"

#include <optional>
#include <utility>

#include "absl/strings/str_cat.h"
#include "libs/adapter/dispatched_cause.h"
#include "services/local-adapter/record.h"

namespace eventreactor::local {
namespace {

// Whether the resource of that name was dispatched; nothing if there is none.
template <class T>
absl::StatusOr<std::optional<bool>> Dispatched(Connection& connection, const std::string& ns,
                                               const std::string& name) {
  constexpr bool kIsEvent = std::is_same_v<T, v1::Event>;
  Query query = connection.Prepare(
      absl::StrCat("SELECT ", kIsEvent ? "dispatched" : "undispatched = 0", " FROM ",
                   Record<T>::kTable, " WHERE namespace = ? AND name = ?"));
  const absl::StatusOr<bool> row = query.Bind(ns).Bind(name).Next();
  if (!row.ok()) return row.status();
  if (!*row) return std::nullopt;
  return query.Int(0) != 0;
}

}  // namespace

absl::StatusOr<std::unique_ptr<SqliteStore>> SqliteStore::Open(const Database::Options& options) {
  absl::StatusOr<std::unique_ptr<Database>> database = Database::Open(options);
  if (!database.ok()) return database.status();
  return std::unique_ptr<SqliteStore>(new SqliteStore(*std::move(database)));
}

absl::StatusOr<ResourceStore::EventState> SqliteStore::StateOfEvent(const std::string& ns,
                                                                    const std::string& name) {
  const Database::Reader reader(*database_);
  const absl::StatusOr<std::optional<bool>> dispatched = Dispatched<v1::Event>(*reader, ns, name);
  if (!dispatched.ok()) return dispatched.status();
  if (!dispatched->has_value()) return EventState::kAbsent;
  return **dispatched ? EventState::kDispatched : EventState::kRecorded;
}

absl::StatusOr<v1::Action> SqliteStore::CreateUnlessDispatched(const v1::Action& action) {
  const std::string& ns = action.metadata().namespace_();
  const v1::ActionSpec& spec = action.spec();
  return actions_.Create(action, [&](Connection& connection) -> absl::Status {
    const bool chained = spec.has_upstream();
    const std::string& cause = chained ? spec.upstream().name() : spec.event().name();
    const auto dispatched = chained ? Dispatched<v1::Action>(connection, ns, cause)
                                    : Dispatched<v1::Event>(connection, ns, cause);
    if (!dispatched.ok()) return dispatched.status();
    if (chained && !dispatched->has_value()) return NotFound<v1::Action>(ns, cause);
    return dispatched->value_or(false) ? AlreadyDispatched(spec) : absl::OkStatus();
  });
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
