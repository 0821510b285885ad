#include "services/local-adapter/page.h"

#include <charconv>
#include <utility>

#include "absl/strings/str_cat.h"
#include "libs/status/status.h"
#include "services/local-adapter/record.h"

namespace eventreactor::local {
namespace {

bool TakeNumber(const char*& at, const char* end, int64_t& number) {
  const auto [rest, error] = std::from_chars(at, end, number);
  if (error != std::errc() || number < 0) return false;
  at = rest;
  return true;
}

bool TakeChar(const char*& at, const char* end, char c) {
  if (at == end || *at != c) return false;
  ++at;
  return true;
}

// The condition on a column, where the query has one.
void Where(const char* condition, bool wanted, std::string& sql) {
  if (wanted) absl::StrAppend(&sql, " AND ", condition);
}

template <class T>
std::string Sql(const ListQuery& query, const std::string& name) {
  std::string sql =
      absl::StrCat("SELECT id, namespace, name, body FROM ", Record<T>::kTable,
                   Record<T>::kByName ? " WHERE (namespace, name) > (?, ?)" : " WHERE id > ?");
  Where("namespace = ?", !query.ns.empty(), sql);
  Where("name = ?", !name.empty(), sql);
  if constexpr (std::is_same_v<T, v1::Event>) Where("type = ?", !query.event_type.empty(), sql);
  if constexpr (std::is_same_v<T, v1::Action>) {
    Where("pipeline = ?", !query.pipeline.empty(), sql);
    Where("event = ?", !query.event.empty(), sql);
    Where("unfinished = 1", query.unfinished, sql);
    Where("undispatched = 1", query.undispatched, sql);
  }
  absl::StrAppend(&sql, Record<T>::kByName ? " ORDER BY namespace, name" : " ORDER BY id");
  return sql;
}

template <class T>
void BindAll(const ListQuery& query, const std::string& name, const Position& begin,
             Query& statement) {
  if (Record<T>::kByName) {
    statement.Bind(begin.ns).Bind(begin.name);
  } else {
    statement.Bind(begin.id);
  }
  if (!query.ns.empty()) statement.Bind(query.ns);
  if (!name.empty()) statement.Bind(name);
  if constexpr (std::is_same_v<T, v1::Event>) {
    if (!query.event_type.empty()) statement.Bind(query.event_type);
  }
  if constexpr (std::is_same_v<T, v1::Action>) {
    if (!query.pipeline.empty()) statement.Bind(query.pipeline);
    if (!query.event.empty()) statement.Bind(query.event);
  }
}

}  // namespace

std::string ToToken(const Position& position) {
  if (position.name.empty()) return absl::StrCat(position.version, ".", position.id);
  return absl::StrCat(position.version, ".", position.ns, "/", position.name);
}

absl::StatusOr<Position> FromToken(const std::string& token) {
  Position position;
  const char* at = token.data();
  const char* const end = at + token.size();
  bool valid = TakeNumber(at, end, position.version) && TakeChar(at, end, '.');
  if (const size_t slash = token.find('/'); valid && slash != std::string::npos) {
    const auto begin = static_cast<size_t>(at - token.data());
    position.ns = token.substr(begin, slash - begin);
    position.name = token.substr(slash + 1);
    valid = !position.ns.empty() && !position.name.empty();
  } else if (valid) {
    valid = TakeNumber(at, end, position.id) && at == end;
  }
  if (valid) return position;
  return InvalidField("page_token", "is none that a page ended with", "INVALID_PAGE_TOKEN");
}

template <class T>
absl::StatusOr<Rows<T>> ReadRows(Connection& connection, const ListQuery& query,
                                 const std::string& name, const Position& begin) {
  Query statement = connection.Prepare(Sql<T>(query, name));
  BindAll<T>(query, name, begin, statement);
  Rows<T> rows;
  rows.end = begin;
  size_t bytes = 0;
  while (true) {
    const absl::StatusOr<bool> row = statement.Next();
    if (!row.ok()) return row.status();
    if (!*row) return rows;
    const std::string body = statement.Bytes(3);
    T object;
    if (!object.ParseFromString(body)) {
      return MakeStatus(absl::StatusCode::kDataLoss, "STORE_CORRUPT",
                        absl::StrCat("the stored ", Record<T>::kWord, " ", statement.Bytes(1), "/",
                                     statement.Bytes(2), " cannot be read"));
    }
    if (!query.selector.Matches(object.metadata().labels())) continue;
    bytes += body.size();
    const bool full = rows.items.size() >= static_cast<size_t>(query.page_size) ||
                      (bytes > query.page_bytes && !rows.items.empty());
    if (full) {
      rows.more = true;
      return rows;
    }
    rows.items.push_back(std::move(object));
    if (Record<T>::kByName) {
      rows.end.ns = statement.Bytes(1);
      rows.end.name = statement.Bytes(2);
    } else {
      rows.end.id = statement.Int(0);
    }
  }
}

template absl::StatusOr<Rows<v1::Event>> ReadRows(Connection&, const ListQuery&, const std::string&,
                                                  const Position&);
template absl::StatusOr<Rows<v1::Pipeline>> ReadRows(Connection&, const ListQuery&,
                                                     const std::string&, const Position&);
template absl::StatusOr<Rows<v1::Action>> ReadRows(Connection&, const ListQuery&,
                                                   const std::string&, const Position&);

}  // namespace eventreactor::local
