#include "services/local-adapter/table.h"

#include <google/protobuf/util/message_differencer.h>

#include <cstdint>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "libs/status/status.h"
#include "services/local-adapter/change_stream.h"
#include "services/local-adapter/page.h"
#include "services/local-adapter/record.h"
#include "services/local-adapter/uid.h"

namespace eventreactor::local {
namespace {

using google::protobuf::util::MessageDifferencer;

template <class T>
absl::Status Conflict(const T& object) {
  return MakeStatus(absl::StatusCode::kAborted, "CONFLICT",
                    absl::StrCat("the ", Record<T>::kWord, " ", object.metadata().name(),
                                 " was changed meanwhile; read it again"));
}

// The stored object; NOT_FOUND.
template <class T>
absl::StatusOr<T> Read(Connection& connection, const std::string& ns, const std::string& name) {
  Query query = connection.Prepare(
      absl::StrCat("SELECT body FROM ", Record<T>::kTable, " WHERE namespace = ? AND name = ?"));
  const absl::StatusOr<bool> row = query.Bind(ns).Bind(name).Next();
  if (!row.ok()) return row.status();
  if (!*row) return NotFound<T>(ns, name);
  T object;
  if (object.ParseFromString(query.Bytes(0))) return object;
  return MakeStatus(
      absl::StatusCode::kDataLoss, "STORE_CORRUPT",
      absl::StrCat("the stored ", Record<T>::kWord, " ", ns, "/", name, " cannot be read"));
}

int64_t VersionOf(const v1::ObjectMeta& metadata) {
  return std::stoll(metadata.resource_version());
}

// None stays none: a write that changes nothing must be seen to.
template <class T>
void SetStatus(const T& from, T& to) {
  if (from.has_status()) {
    *to.mutable_status() = from.status();
  } else {
    to.clear_status();
  }
}

template <class T>
T WithStatus(const T& stored, const T& wanted) {
  T next = stored;
  SetStatus(wanted, next);
  return next;
}

template <class T>
T WithAllButStatus(const T& stored, const T& wanted) {
  T next = wanted;
  SetStatus(stored, next);
  v1::ObjectMeta& metadata = *next.mutable_metadata();
  metadata.set_uid(stored.metadata().uid());
  metadata.set_resource_version(stored.metadata().resource_version());
  *metadata.mutable_creation_timestamp() = stored.metadata().creation_timestamp();
  metadata.set_generation(stored.metadata().generation());
  if (!MessageDifferencer::Equals(stored.spec(), wanted.spec())) {
    metadata.set_generation(stored.metadata().generation() + 1);
  }
  return next;
}

}  // namespace

template <class T>
absl::StatusOr<T> Table<T>::Create(const T& object, const WriteQueue::Work& allowed) {
  T created = object;
  v1::ObjectMeta& metadata = *created.mutable_metadata();
  metadata.set_uid(NewUid());
  metadata.set_generation(1);
  metadata.clear_deletion_timestamp();
  const int64_t now = absl::ToUnixMicros(database_.options().now());
  metadata.mutable_creation_timestamp()->set_seconds(now / 1'000'000);
  metadata.mutable_creation_timestamp()->set_nanos(static_cast<int32_t>(now % 1'000'000) * 1000);
  static const std::string kInsert = absl::StrCat(
      "INSERT INTO ", Record<T>::kTable, " (namespace, name, version, ",
      absl::StrJoin(Record<T>::kColumns, ", "), ", body) VALUES (?, ?, ?, ",
      absl::StrJoin(std::vector<std::string>(Record<T>::kColumns.size(), "?"), ", "), ", ?)");

  absl::Status status = database_.Write([&](Connection& connection) -> absl::Status {
    if (absl::Status asked = allowed ? allowed(connection) : absl::OkStatus(); !asked.ok()) {
      return asked;
    }
    const absl::StatusOr<int64_t> version = AppendChange(connection,
                                                         {.kind = Record<T>::kKind,
                                                          .type = v1::CHANGE_TYPE_ADDED,
                                                          .ns = metadata.namespace_(),
                                                          .name = metadata.name()},
                                                         database_.options().change_log);
    if (!version.ok()) return version.status();
    database_.Touch(Record<T>::kKind);
    metadata.set_resource_version(absl::StrCat(*version));
    const std::string body = created.SerializeAsString();
    Query insert = connection.Prepare(kInsert);
    insert.Bind(metadata.namespace_()).Bind(metadata.name()).Bind(*version);
    Record<T>::BindColumns(insert, created);
    return insert.BindBlob(body).Run();
  });
  if (Reason(status) == "CONSTRAINT") {
    return MakeStatus(absl::StatusCode::kAlreadyExists, "NAME_TAKEN",
                      absl::StrCat("there is a ", Record<T>::kWord, " ", metadata.name(),
                                   " in namespace ", metadata.namespace_(), " already"),
                      "metadata.name");
  }
  if (!status.ok()) return status;
  return created;
}

template <class T>
absl::StatusOr<T> Table<T>::Get(const std::string& ns, const std::string& name) {
  const Database::Reader reader(database_);
  return Read<T>(*reader, ns, name);
}

template <class T>
absl::StatusOr<Page<T>> Table<T>::List(const ListQuery& query) {
  Position position;
  if (!query.page_token.empty()) {
    absl::StatusOr<Position> token = FromToken(query.page_token);
    if (!token.ok()) return token.status();
    position = *std::move(token);
  } else {
    // Before the rows are read: a watch from here misses nothing.
    position.version = database_.Latest();
  }
  const Database::Reader reader(database_);
  absl::StatusOr<Rows<T>> rows = ReadRows<T>(*reader, query, "", position);
  if (!rows.ok()) return rows.status();
  Page<T> page;
  page.items = std::move(rows->items);
  page.resource_version = absl::StrCat(position.version);
  if (rows->more) page.next_page_token = ToToken(rows->end);
  return page;
}

template <class T>
absl::StatusOr<T> Table<T>::Replace(const T& object, Next next) {
  static const std::string kUpdate =
      absl::StrCat("UPDATE ", Record<T>::kTable, " SET version = ?, ",
                   absl::StrJoin(Record<T>::kColumns, " = ?, "),
                   " = ?, body = ? WHERE namespace = ? AND name = ?");
  T result;
  const absl::Status status = database_.Write([&](Connection& connection) -> absl::Status {
    const v1::ObjectMeta& metadata = object.metadata();
    absl::StatusOr<T> stored = Read<T>(connection, metadata.namespace_(), metadata.name());
    if (!stored.ok()) return stored.status();
    if (stored->metadata().resource_version() != metadata.resource_version()) {
      return Conflict(object);
    }
    result = next(*stored, object);
    if (MessageDifferencer::Equals(result, *stored)) return absl::OkStatus();

    const int64_t previous = VersionOf(stored->metadata());
    const absl::StatusOr<int64_t> version = AppendChange(connection,
                                                         {.kind = Record<T>::kKind,
                                                          .type = v1::CHANGE_TYPE_MODIFIED,
                                                          .ns = metadata.namespace_(),
                                                          .name = metadata.name(),
                                                          .previous = previous},
                                                         database_.options().change_log);
    if (!version.ok()) return version.status();
    database_.Touch(Record<T>::kKind);
    absl::Status kept = SetBody(connection, previous, stored->SerializeAsString());
    if (!kept.ok()) return kept;
    result.mutable_metadata()->set_resource_version(absl::StrCat(*version));
    const std::string body = result.SerializeAsString();
    Query update = connection.Prepare(kUpdate);
    update.Bind(*version);
    Record<T>::BindColumns(update, result);
    return update.BindBlob(body).Bind(metadata.namespace_()).Bind(metadata.name()).Run();
  });
  if (!status.ok()) return status;
  return result;
}

template <class T>
absl::StatusOr<T> Table<T>::Update(const T& object) {
  return Replace(object, WithAllButStatus<T>);
}

template <class T>
absl::StatusOr<T> Table<T>::UpdateStatus(const T& object) {
  return Replace(object, WithStatus<T>);
}

template <class T>
absl::Status Table<T>::Delete(const std::string& ns, const std::string& name,
                              const std::string& uid) {
  static const std::string kDelete =
      absl::StrCat("DELETE FROM ", Record<T>::kTable, " WHERE namespace = ? AND name = ?");
  return database_.Write([&](Connection& connection) -> absl::Status {
    absl::StatusOr<T> stored = Read<T>(connection, ns, name);
    if (!stored.ok()) return stored.status();
    if (!uid.empty() && stored->metadata().uid() != uid) return Conflict(*stored);
    const int64_t previous = VersionOf(stored->metadata());
    // First, so that the room it frees is there for what follows.
    absl::Status status = connection.Prepare(kDelete).Bind(ns).Bind(name).Run();
    if (!status.ok()) return status;
    const std::string body = stored->SerializeAsString();
    const absl::StatusOr<int64_t> version = AppendChange(connection,
                                                         {.kind = Record<T>::kKind,
                                                          .type = v1::CHANGE_TYPE_DELETED,
                                                          .ns = ns,
                                                          .name = name,
                                                          .previous = previous},
                                                         database_.options().change_log);
    if (!version.ok()) return version.status();
    database_.Touch(Record<T>::kKind);
    return SetBody(connection, *version, body);
  });
}

template <class T>
absl::StatusOr<std::unique_ptr<ChangeStream<T>>> Table<T>::Watch(const WatchQuery& query) {
  return DatabaseStream<T>::Open(database_, query);
}

template class Table<v1::Event>;
template class Table<v1::Pipeline>;
template class Table<v1::Action>;

}  // namespace eventreactor::local
