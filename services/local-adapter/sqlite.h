// SQLite in the shape the store wants: connections that keep their prepared
// statements, and errors in words that name the file.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"

struct sqlite3;
struct sqlite3_stmt;

namespace eventreactor::local {

class Connection;

// One use of a prepared statement. Values are bound in the order of their
// question marks, and must live until the last call of Next; an error of
// preparing or binding is told by Next.
class Query {
 public:
  Query(Connection& connection, sqlite3_stmt* statement, int code);
  ~Query();
  Query(Query&& other) noexcept;
  Query(const Query&) = delete;
  Query& operator=(const Query&) = delete;
  Query& operator=(Query&&) = delete;

  Query& Bind(int64_t value);
  Query& Bind(const std::string& text);
  Query& BindBlob(const std::string& bytes);
  Query& BindNull();

  // True if there is a row, false at the end.
  absl::StatusOr<bool> Next();
  // For a statement that has no rows.
  absl::Status Run();

  int64_t Int(int column) const;
  std::string Bytes(int column) const;
  bool IsNull(int column) const;

 private:
  Connection& connection_;
  sqlite3_stmt* statement_;
  int code_;
  int bound_ = 0;
};

// For one thread at a time.
class Connection {
 public:
  enum class Mode { kReadOnly, kReadWrite };
  // `cache_kib`: memory for pages.
  static absl::StatusOr<std::unique_ptr<Connection>> Open(const std::string& path, Mode mode,
                                                          int cache_kib);
  ~Connection();
  Connection(const Connection&) = delete;
  Connection& operator=(const Connection&) = delete;

  // The statement of this text, prepared at its first use. One Query of a
  // text at a time.
  Query Prepare(const std::string& sql);
  // Several statements without rows or values.
  absl::Status Execute(const std::string& sql);
  // The one number that a query yields.
  absl::StatusOr<int64_t> Number(const std::string& sql);

  bool InTransaction() const;
  int64_t LastInsertId() const;

  // RESOURCE_EXHAUSTED (DISK_FULL); UNAVAILABLE (STORE_BUSY, STORE_IO);
  // ALREADY_EXISTS (CONSTRAINT); DATA_LOSS (STORE_CORRUPT); INTERNAL
  // (STORE_FAULT). The message names the file.
  absl::Status Error(int code) const;

 private:
  Connection(std::string path, sqlite3* db) : path_(std::move(path)), db_(db) {}

  const std::string path_;
  sqlite3* const db_;
  std::map<std::string, sqlite3_stmt*> statements_;
};

}  // namespace eventreactor::local
