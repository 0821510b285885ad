// Reading resources in order, a page at a time.
#pragma once

#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "libs/adapter/store.h"
#include "services/local-adapter/sqlite.h"

namespace eventreactor::local {

// Where a listing stands: after the object of this id (Events, Actions) or
// name (Pipelines). The first page of it was read at `version`.
struct Position {
  int64_t version = 0;
  int64_t id = 0;
  std::string ns;
  std::string name;
};

std::string ToToken(const Position& position);
// INVALID_ARGUMENT (INVALID_PAGE_TOKEN).
absl::StatusOr<Position> FromToken(const std::string& token);

template <class T>
struct Rows {
  std::vector<T> items;
  // True if `end` is not the last object.
  bool more = false;
  Position end;
};

// The objects after `begin` that the query asks for, within its bounds;
// `name` empty: all names. Its page token is not looked at.
template <class T>
absl::StatusOr<Rows<T>> ReadRows(Connection& connection, const ListQuery& query,
                                 const std::string& name, const Position& begin);

}  // namespace eventreactor::local
