#include "services/local-adapter/sqlite.h"

#include <sqlite3.h>

#include <utility>

#include "absl/strings/str_cat.h"
#include "libs/status/status.h"

namespace eventreactor::local {
namespace {

// How long a statement waits for a lock: only a checkpoint holds one.
constexpr int kBusyTimeoutMs = 5000;

}  // namespace

Query::Query(Connection& connection, sqlite3_stmt* statement, int code)
    : connection_(connection), statement_(statement), code_(code) {}

Query::Query(Query&& other) noexcept
    : connection_(other.connection_),
      statement_(std::exchange(other.statement_, nullptr)),
      code_(other.code_),
      bound_(other.bound_) {}

Query::~Query() {
  if (statement_ == nullptr) return;
  sqlite3_reset(statement_);
  sqlite3_clear_bindings(statement_);
}

Query& Query::Bind(int64_t value) {
  if (code_ == SQLITE_OK) code_ = sqlite3_bind_int64(statement_, ++bound_, value);
  return *this;
}

Query& Query::Bind(const std::string& text) {
  if (code_ == SQLITE_OK) {
    code_ = sqlite3_bind_text64(statement_, ++bound_, text.data(), text.size(), SQLITE_STATIC,
                                SQLITE_UTF8);
  }
  return *this;
}

Query& Query::BindBlob(const std::string& bytes) {
  if (code_ == SQLITE_OK) {
    code_ = sqlite3_bind_blob64(statement_, ++bound_, bytes.data(), bytes.size(), SQLITE_STATIC);
  }
  return *this;
}

Query& Query::BindNull() {
  if (code_ == SQLITE_OK) code_ = sqlite3_bind_null(statement_, ++bound_);
  return *this;
}

absl::StatusOr<bool> Query::Next() {
  if (code_ != SQLITE_OK) return connection_.Error(code_);
  const int code = sqlite3_step(statement_);
  if (code == SQLITE_ROW) return true;
  if (code == SQLITE_DONE) return false;
  return connection_.Error(code);
}

absl::Status Query::Run() { return Next().status(); }

int64_t Query::Int(int column) const { return sqlite3_column_int64(statement_, column); }

std::string Query::Bytes(int column) const {
  const void* data = sqlite3_column_blob(statement_, column);
  if (data == nullptr) return "";
  return {static_cast<const char*>(data),
          static_cast<size_t>(sqlite3_column_bytes(statement_, column))};
}

bool Query::IsNull(int column) const {
  return sqlite3_column_type(statement_, column) == SQLITE_NULL;
}

absl::StatusOr<std::unique_ptr<Connection>> Connection::Open(const std::string& path, Mode mode,
                                                             int cache_kib) {
  sqlite3* db = nullptr;
  const int flags = (mode == Mode::kReadOnly ? SQLITE_OPEN_READONLY
                                             : SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE) |
                    SQLITE_OPEN_NOMUTEX | SQLITE_OPEN_EXRESCODE;
  const int code = sqlite3_open_v2(path.c_str(), &db, flags, nullptr);
  std::unique_ptr<Connection> connection(new Connection(path, db));
  if (code != SQLITE_OK) return connection->Error(code);
  sqlite3_busy_timeout(db, kBusyTimeoutMs);
  absl::Status status = connection->Execute(
      absl::StrCat("PRAGMA cache_size = -", cache_kib, "; PRAGMA temp_store = MEMORY"));
  if (!status.ok()) return status;
  return connection;
}

Connection::~Connection() {
  for (const auto& [sql, statement] : statements_) sqlite3_finalize(statement);
  sqlite3_close(db_);
}

Query Connection::Prepare(const std::string& sql) {
  const auto known = statements_.find(sql);
  if (known != statements_.end()) return {*this, known->second, SQLITE_OK};
  sqlite3_stmt* statement = nullptr;
  const int code = sqlite3_prepare_v3(db_, sql.data(), static_cast<int>(sql.size()),
                                      SQLITE_PREPARE_PERSISTENT, &statement, nullptr);
  if (code == SQLITE_OK) statements_.emplace(sql, statement);
  return {*this, statement, code};
}

absl::Status Connection::Execute(const std::string& sql) {
  const int code = sqlite3_exec(db_, sql.c_str(), nullptr, nullptr, nullptr);
  return code == SQLITE_OK ? absl::OkStatus() : Error(code);
}

absl::StatusOr<int64_t> Connection::Number(const std::string& sql) {
  Query query = Prepare(sql);
  const absl::StatusOr<bool> row = query.Next();
  if (!row.ok()) return row.status();
  return *row ? query.Int(0) : 0;
}

bool Connection::InTransaction() const { return sqlite3_get_autocommit(db_) == 0; }

int64_t Connection::LastInsertId() const { return sqlite3_last_insert_rowid(db_); }

absl::Status Connection::Error(int code) const {
  const std::string words =
      db_ == nullptr ? sqlite3_errstr(code) : static_cast<const char*>(sqlite3_errmsg(db_));
  switch (code & 0xFF) {
    case SQLITE_FULL:
      return MakeStatus(absl::StatusCode::kResourceExhausted, "DISK_FULL",
                        absl::StrCat("no room to write ", path_, ": ", words,
                                     "; nothing was stored; free some space"));
    case SQLITE_BUSY:
    case SQLITE_LOCKED:
      return MakeStatus(absl::StatusCode::kUnavailable, "STORE_BUSY",
                        absl::StrCat(path_, " is locked: ", words));
    case SQLITE_IOERR:
    case SQLITE_CANTOPEN:
    case SQLITE_READONLY:
    case SQLITE_PERM:
      return MakeStatus(absl::StatusCode::kUnavailable, "STORE_IO",
                        absl::StrCat("cannot read or write ", path_, ": ", words));
    case SQLITE_CONSTRAINT:
      return MakeStatus(absl::StatusCode::kAlreadyExists, "CONSTRAINT",
                        absl::StrCat(path_, ": ", words));
    case SQLITE_CORRUPT:
    case SQLITE_NOTADB:
      return MakeStatus(absl::StatusCode::kDataLoss, "STORE_CORRUPT",
                        absl::StrCat(path_, " is damaged or no database of ours: ", words));
    default:
      return MakeStatus(absl::StatusCode::kInternal, "STORE_FAULT",
                        absl::StrCat(path_, ": ", words, " (", code, ")"));
  }
}

}  // namespace eventreactor::local
