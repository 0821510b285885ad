#include "services/local-adapter/change_stream.h"

#include <charconv>
#include <utility>

#include "absl/strings/str_cat.h"
#include "libs/clock/steady_now.h"
#include "libs/status/status.h"
#include "services/local-adapter/record.h"

namespace eventreactor::local {
namespace {

// How much a stream holds in memory at once.
constexpr int kPieceObjects = 100;
constexpr size_t kPieceBytes = size_t{1} << 20;

absl::Status Expired(int64_t version) {
  return MakeStatus(absl::StatusCode::kOutOfRange, "VERSION_EXPIRED",
                    absl::StrCat("the changes after version ", version,
                                 " are no longer known; list again and watch from there"));
}

absl::StatusOr<int64_t> ParseVersion(const std::string& text) {
  int64_t version = 0;
  const char* const end = text.data() + text.size();
  const auto [rest, error] = std::from_chars(text.data(), end, version);
  if (error != std::errc() || rest != end || version < 0) {
    return InvalidField("resource_version", absl::StrCat("\"", text, "\" is no version"),
                        "INVALID_VERSION");
  }
  return version;
}

}  // namespace

template <class T>
absl::StatusOr<std::unique_ptr<ChangeStream<T>>> DatabaseStream<T>::Open(Database& database,
                                                                         const WatchQuery& query) {
  std::unique_ptr<DatabaseStream<T>> stream(new DatabaseStream<T>(database, query));
  const int64_t latest = database.Latest();
  if (query.resource_version.empty()) {
    stream->listing_ = true;
    stream->version_ = latest;
    return stream;
  }
  const absl::StatusOr<int64_t> version = ParseVersion(query.resource_version);
  if (!version.ok()) return version.status();
  // One that is yet to come is another database's.
  if (*version > latest) return Expired(*version);
  const Database::Reader reader(database);
  const absl::StatusOr<bool> known = KnowsAllAfter(*reader, *version);
  if (!known.ok()) return known.status();
  if (!*known) return Expired(*version);
  stream->version_ = *version;
  return stream;
}

template <class T>
absl::StatusOr<std::optional<Change<T>>> DatabaseStream<T>::Next(absl::Duration wait) {
  const absl::Time deadline = SteadyNow() + wait;
  while (ready_.empty()) {
    absl::Status status;
    if (listing_) {
      status = ReadWhatIsThere();
    } else if (bookmark_ && version_ >= *bookmark_) {
      Change<T> change;
      change.type = v1::CHANGE_TYPE_BOOKMARK;
      change.resource_version = absl::StrCat(version_);
      ready_.push_back(std::move(change));
      bookmark_.reset();
    } else if (bookmark_) {
      status = ReadChanges(*bookmark_);
    } else {
      const absl::Duration left = deadline - SteadyNow();
      const int64_t latest =
          database_.WaitForChange(Record<T>::kKind, version_, std::max(left, absl::ZeroDuration()));
      if (latest <= version_) return std::nullopt;
      status = ReadChanges(latest);
      // Other kinds and other namespaces may be all that changed.
      if (status.ok() && ready_.empty() && SteadyNow() >= deadline) return std::nullopt;
    }
    if (!status.ok()) return status;
  }
  std::optional<Change<T>> change = std::move(ready_.front());
  ready_.pop_front();
  return change;
}

template <class T>
absl::Status DatabaseStream<T>::ReadWhatIsThere() {
  ListQuery list;
  list.ns = query_.ns;
  list.selector = query_.selector;
  list.page_size = kPieceObjects;
  list.page_bytes = kPieceBytes;
  const Database::Reader reader(database_);
  absl::StatusOr<Rows<T>> rows = ReadRows<T>(*reader, list, query_.name, position_);
  if (!rows.ok()) return rows.status();
  for (T& object : rows->items) {
    const absl::StatusOr<int64_t> version = ParseVersion(object.metadata().resource_version());
    if (!version.ok()) return version.status();
    // Written since the beginning: it comes as a change, in its turn.
    if (*version > version_) continue;
    Change<T> change;
    change.type = v1::CHANGE_TYPE_ADDED;
    change.resource_version = absl::StrCat(version_);
    change.object = std::move(object);
    ready_.push_back(std::move(change));
  }
  position_ = rows->end;
  if (!rows->more) {
    listing_ = false;
    bookmark_ = database_.Latest();
  }
  return absl::OkStatus();
}

template <class T>
absl::Status DatabaseStream<T>::ReadChanges(int64_t up_to) {
  const Database::Reader reader(database_);
  {
    Query rows = (*reader).Prepare(absl::StrCat(
        "SELECT c.version, c.type, c.namespace, c.name, coalesce(c.body, r.body, d.body), "
        "c.previous, p.body FROM changes c LEFT JOIN ",
        Record<T>::kTable,
        " r ON r.namespace = c.namespace AND r.name = c.name AND r.version = c.version "
        "LEFT JOIN changes d ON d.type = 3 AND d.previous = c.version "
        "LEFT JOIN changes p ON p.version = c.previous "
        "WHERE c.version > ? AND c.version <= ? AND c.kind = ? ORDER BY c.version"));
    rows.Bind(version_).Bind(up_to).Bind(static_cast<int>(Record<T>::kKind));
    const int64_t begin = version_;
    size_t bytes = 0;
    int looked_at = 0;
    while (true) {
      const absl::StatusOr<bool> row = rows.Next();
      if (!row.ok()) return row.status();
      if (!*row) {
        version_ = up_to;
        break;
      }
      absl::Status status = Take(rows);
      if (!status.ok()) return status;
      version_ = rows.Int(0);
      if (!ready_.empty()) bytes += ready_.back().object.ByteSizeLong();
      if (++looked_at >= kPieceObjects || bytes >= kPieceBytes) break;
    }
    // Asked last: what is forgotten meanwhile is missed here as well.
    const absl::StatusOr<bool> known = KnowsAllAfter(*reader, begin);
    if (!known.ok()) return known.status();
    if (!*known) return Expired(begin);
  }
  return absl::OkStatus();
}

// A change of labels may bring an object into the selection, or out of it.
template <class T>
absl::Status DatabaseStream<T>::Take(Query& row) {
  if (!query_.ns.empty() && row.Bytes(2) != query_.ns) return absl::OkStatus();
  if (!query_.name.empty() && row.Bytes(3) != query_.name) return absl::OkStatus();
  Change<T> change;
  change.type = static_cast<v1::ChangeType>(row.Int(1));
  change.resource_version = absl::StrCat(row.Int(0));
  if (row.IsNull(4) || !change.object.ParseFromString(row.Bytes(4))) {
    return MakeStatus(absl::StatusCode::kDataLoss, "STORE_CORRUPT",
                      absl::StrCat("the change of version ", row.Int(0), " cannot be read"));
  }
  change.object.mutable_metadata()->set_resource_version(change.resource_version);
  if (!query_.selector.empty()) {
    const bool matches = query_.selector.Matches(change.object.metadata().labels());
    bool matched = matches;
    T previous;
    // Nothing once it was forgotten: then better one DELETED too many.
    if (change.type == v1::CHANGE_TYPE_MODIFIED) {
      matched = row.IsNull(6) || (previous.ParseFromString(row.Bytes(6)) &&
                                  query_.selector.Matches(previous.metadata().labels()));
    }
    if (!matches && !matched) return absl::OkStatus();
    if (!matches) change.type = v1::CHANGE_TYPE_DELETED;
    if (!matched) change.type = v1::CHANGE_TYPE_ADDED;
  }
  ready_.push_back(std::move(change));
  return absl::OkStatus();
}

template class DatabaseStream<v1::Event>;
template class DatabaseStream<v1::Pipeline>;
template class DatabaseStream<v1::Action>;

}  // namespace eventreactor::local
