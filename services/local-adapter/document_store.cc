#include "services/local-adapter/document_store.h"

#include <google/protobuf/util/message_differencer.h>

#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "libs/status/status.h"
#include "services/local-adapter/uid.h"

namespace eventreactor::local {
namespace {

using google::protobuf::util::MessageDifferencer;

absl::Status DocumentCorrupt(const std::string& what) {
  return MakeStatus(absl::StatusCode::kDataLoss, "STORE_CORRUPT",
                    absl::StrCat("the stored ", what, " cannot be read"));
}

std::string Described(const std::string& kind, const std::string& ns, const std::string& name) {
  return absl::StrCat(kind, " ", name, ns.empty() ? "" : absl::StrCat(" in namespace ", ns));
}

absl::StatusOr<v1::Document> ReadDocument(Connection& connection, const std::string& kind,
                                          const std::string& ns, const std::string& name) {
  Query query = connection.Prepare(
      "SELECT body FROM documents WHERE kind = ? AND namespace = ? AND name = ?");
  const absl::StatusOr<bool> row = query.Bind(kind).Bind(ns).Bind(name).Next();
  if (!row.ok()) return row.status();
  if (!*row) {
    return MakeStatus(absl::StatusCode::kNotFound, "DOCUMENT_NOT_FOUND",
                      absl::StrCat("there is no ", Described(kind, ns, name)));
  }
  v1::Document document;
  if (document.ParseFromString(query.Bytes(0))) return document;
  return DocumentCorrupt(Described(kind, ns, name));
}

// Under the next version; the one before is gone.
absl::Status PutDocument(Connection& connection, v1::Document& document) {
  const absl::StatusOr<int64_t> last =
      connection.Number("SELECT seq FROM sqlite_sequence WHERE name = 'documents'");
  if (!last.ok()) return last.status();
  v1::ObjectMeta& metadata = *document.mutable_metadata();
  metadata.set_resource_version(absl::StrCat(*last + 1));
  const std::string body = document.SerializeAsString();
  return connection
      .Prepare(
          "INSERT OR REPLACE INTO documents (version, kind, namespace, name, body) "
          "VALUES (?, ?, ?, ?, ?)")
      .Bind(*last + 1)
      .Bind(document.kind())
      .Bind(metadata.namespace_())
      .Bind(metadata.name())
      .BindBlob(body)
      .Run();
}

bool SameDocument(const v1::Document& stored, const v1::Document& wanted) {
  return MessageDifferencer::Equals(stored.body(), wanted.body()) &&
         MessageDifferencer::Equals(stored.metadata(), wanted.metadata());
}

// kind/namespace/name, of which none has a slash.
struct DocumentPosition {
  std::string kind;
  std::string ns;
  std::string name;
};

absl::StatusOr<DocumentPosition> PositionOf(const std::string& token) {
  if (token.empty()) return DocumentPosition();
  std::vector<std::string> parts = absl::StrSplit(token, '/');
  if (parts.size() == 3) return DocumentPosition{parts[0], parts[1], parts[2]};
  return InvalidField("page_token", "is none that a page ended with", "INVALID_PAGE_TOKEN");
}

}  // namespace

absl::StatusOr<DocumentStore::Applied> DocumentStore::Apply(const v1::Document& document) {
  Applied applied;
  const absl::Status status = database_.Write([&](Connection& connection) -> absl::Status {
    applied = {document};
    v1::ObjectMeta& metadata = *applied.document.mutable_metadata();
    const absl::StatusOr<v1::Document> stored =
        ReadDocument(connection, document.kind(), metadata.namespace_(), metadata.name());
    if (!stored.ok() && !absl::IsNotFound(stored.status())) return stored.status();
    if (stored.ok()) {
      metadata.set_uid(stored->metadata().uid());
      metadata.set_resource_version(stored->metadata().resource_version());
      *metadata.mutable_creation_timestamp() = stored->metadata().creation_timestamp();
      if (SameDocument(*stored, applied.document)) return absl::OkStatus();
      applied.result = v1::APPLY_RESULT_CONFIGURED;
    } else {
      metadata.set_uid(NewUid());
      metadata.mutable_creation_timestamp()->set_seconds(
          absl::ToUnixSeconds(database_.options().now()));
      applied.result = v1::APPLY_RESULT_CREATED;
    }
    return PutDocument(connection, applied.document);
  });
  if (!status.ok()) return status;
  return applied;
}

absl::StatusOr<v1::Document> DocumentStore::Get(const std::string& kind, const std::string& ns,
                                                const std::string& name) {
  const Database::Reader reader(database_);
  return ReadDocument(*reader, kind, ns, name);
}

absl::StatusOr<DocumentStore::Listed> DocumentStore::List(const std::string& kind,
                                                          const ListQuery& query) {
  const absl::StatusOr<DocumentPosition> begin = PositionOf(query.page_token);
  if (!begin.ok()) return begin.status();
  std::string sql =
      "SELECT kind, namespace, name, body FROM documents "
      "WHERE (kind, namespace, name) > (?, ?, ?)";
  if (!kind.empty()) absl::StrAppend(&sql, " AND kind = ?");
  if (!query.ns.empty()) absl::StrAppend(&sql, " AND namespace IN (?, '')");
  absl::StrAppend(&sql, " ORDER BY kind, namespace, name");
  const Database::Reader reader(database_);
  Query statement = (*reader).Prepare(sql);
  statement.Bind(begin->kind).Bind(begin->ns).Bind(begin->name);
  if (!kind.empty()) statement.Bind(kind);
  if (!query.ns.empty()) statement.Bind(query.ns);
  Listed listed;
  std::string last;
  size_t bytes = 0;
  while (true) {
    const absl::StatusOr<bool> row = statement.Next();
    if (!row.ok()) return row.status();
    if (!*row) return listed;
    const std::string place =
        absl::StrCat(statement.Bytes(0), "/", statement.Bytes(1), "/", statement.Bytes(2));
    v1::Document document;
    if (!document.ParseFromString(statement.Bytes(3))) return DocumentCorrupt(place);
    if (!query.selector.Matches(document.metadata().labels())) continue;
    document.clear_body();
    bytes += document.ByteSizeLong();
    const bool full = listed.documents.size() >= static_cast<size_t>(query.page_size) ||
                      (bytes > query.page_bytes && !listed.documents.empty());
    if (full) {
      listed.next_page_token = last;
      return listed;
    }
    listed.documents.push_back(std::move(document));
    last = place;
  }
}

absl::Status DocumentStore::Delete(const std::string& kind, const std::string& ns,
                                   const std::string& name) {
  return database_.Write([&](Connection& connection) -> absl::Status {
    const absl::StatusOr<v1::Document> stored = ReadDocument(connection, kind, ns, name);
    // One that cannot be read can still be deleted.
    if (!stored.ok() && Reason(stored.status()) != "STORE_CORRUPT") return stored.status();
    return connection.Prepare("DELETE FROM documents WHERE kind = ? AND namespace = ? AND name = ?")
        .Bind(kind)
        .Bind(ns)
        .Bind(name)
        .Run();
  });
}

absl::StatusOr<std::optional<v1::RunDocuments>> DocumentStore::OfRun(const std::string& uid) {
  const Database::Reader reader(database_);
  Query query = (*reader).Prepare("SELECT body FROM run_documents WHERE uid = ?");
  const absl::StatusOr<bool> row = query.Bind(uid).Next();
  if (!row.ok()) return row.status();
  if (!*row) return std::nullopt;
  v1::RunDocuments documents;
  if (documents.ParseFromString(query.Bytes(0))) return documents;
  return DocumentCorrupt(absl::StrCat("documents of the run ", uid));
}

absl::Status DocumentStore::KeepForRun(const std::string& uid, const v1::RunDocuments& documents) {
  const std::string body = documents.SerializeAsString();
  return database_.Write([&](Connection& connection) {
    return connection.Prepare("INSERT OR IGNORE INTO run_documents (uid, body) VALUES (?, ?)")
        .Bind(uid)
        .BindBlob(body)
        .Run();
  });
}

absl::Status DocumentStore::ForgetRun(const std::string& uid) {
  {
    // Most runs have none, and a write costs a sync.
    const Database::Reader reader(database_);
    Query query = (*reader).Prepare("SELECT 1 FROM run_documents WHERE uid = ?");
    const absl::StatusOr<bool> row = query.Bind(uid).Next();
    if (!row.ok()) return row.status();
    if (!*row) return absl::OkStatus();
  }
  return database_.Write([&](Connection& connection) {
    return connection.Prepare("DELETE FROM run_documents WHERE uid = ?").Bind(uid).Run();
  });
}

}  // namespace eventreactor::local
