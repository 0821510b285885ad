// One watch over the database: what is there, a bookmark, then each change.
#pragma once

#include <cstdint>
#include <deque>
#include <memory>
#include <optional>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "libs/adapter/store.h"
#include "services/local-adapter/database.h"
#include "services/local-adapter/page.h"
#include "services/local-adapter/sqlite.h"

namespace eventreactor::local {

// No transaction is held between two calls, so a slow reader keeps nothing
// from being written: what changes while it reads what is there comes as
// changes before the bookmark.
template <class T>
class DatabaseStream : public ChangeStream<T> {
 public:
  // OUT_OF_RANGE (VERSION_EXPIRED), INVALID_ARGUMENT (INVALID_VERSION).
  static absl::StatusOr<std::unique_ptr<ChangeStream<T>>> Open(Database& database,
                                                               const WatchQuery& query);

  absl::StatusOr<std::optional<Change<T>>> Next(absl::Duration wait) override;

 private:
  DatabaseStream(Database& database, WatchQuery query)
      : database_(database), query_(std::move(query)) {}

  // Each fills ready_ by a bounded piece.
  absl::Status ReadWhatIsThere();
  absl::Status ReadChanges(int64_t up_to);
  absl::Status Take(Query& row);

  Database& database_;
  const WatchQuery query_;
  std::deque<Change<T>> ready_;
  // True until all that was there at the beginning is in ready_.
  bool listing_ = false;
  Position position_;
  // Changes up to this version have been looked at.
  int64_t version_ = 0;
  // Where the bookmark goes; nothing once it is sent.
  std::optional<int64_t> bookmark_;
};

}  // namespace eventreactor::local
