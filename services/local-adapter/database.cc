#include "services/local-adapter/database.h"

#include <fcntl.h>
#include <sys/file.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <utility>

#include "absl/strings/str_cat.h"
#include "libs/status/status.h"
#include "services/local-adapter/schema.h"

namespace eventreactor::local {
namespace {

constexpr int kWriterCacheKib = 2048;
constexpr int kReaderCacheKib = 512;
constexpr int64_t kPageBytes = 4096;

absl::Status CannotOpen(const std::string& path) {
  return MakeStatus(absl::StatusCode::kFailedPrecondition, "STORE_UNUSABLE",
                    absl::StrCat("cannot open ", path, ": ", std::strerror(errno)));
}

// One process at a time: SQLite would let two, but change notices and the
// executor would not know of each other.
absl::StatusOr<int> Lock(const std::string& path) {
  const int fd = open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600);
  if (fd < 0) return CannotOpen(path);
  if (flock(fd, LOCK_EX | LOCK_NB) == 0) return fd;
  const bool held = errno == EWOULDBLOCK;
  absl::Status status =
      held ? MakeStatus(absl::StatusCode::kFailedPrecondition, "STORE_IN_USE",
                        absl::StrCat("another local-adapter holds ", path, "; stop it first"))
           : CannotOpen(path);
  close(fd);
  return status;
}

}  // namespace

absl::StatusOr<std::unique_ptr<Database>> Database::Open(const Options& options) {
  const absl::StatusOr<int> lock = Lock(options.path + ".lock");
  if (!lock.ok()) return lock.status();
  std::unique_ptr<Database> database(new Database(options, *lock));
  // Made here, so that no other process reads it before it is ours alone.
  const int fd = open(options.path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600);
  if (fd < 0) return CannotOpen(options.path);
  close(fd);
  absl::Status status = database->OpenConnections();
  if (!status.ok()) return status;
  return database;
}

absl::Status Database::OpenConnections() {
  auto writer = Connection::Open(options_.path, Connection::Mode::kReadWrite, kWriterCacheKib);
  if (!writer.ok()) return writer.status();
  absl::Status status = (*writer)->Execute(
      "PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; PRAGMA journal_size_limit = 67108864");
  if (status.ok()) status = Migrate(**writer, options_.path);
  if (status.ok() && options_.max_bytes > 0) {
    status = (*writer)->Execute(absl::StrCat(
        "PRAGMA max_page_count = ", std::max<int64_t>(options_.max_bytes / kPageBytes, 1)));
  }
  if (!status.ok()) return status;
  const absl::StatusOr<int64_t> latest = LatestVersion(**writer);
  if (!latest.ok()) return latest.status();
  latest_ = *latest;
  latest_of_.fill(*latest);
  writes_ = std::make_unique<WriteQueue>(*std::move(writer),
                                         [this](Connection& connection) { Committed(connection); });
  for (int i = 0; i < kReaders; ++i) {
    auto reader = Connection::Open(options_.path, Connection::Mode::kReadOnly, kReaderCacheKib);
    if (!reader.ok()) return reader.status();
    readers_.push_back(*std::move(reader));
  }
  return absl::OkStatus();
}

Database::~Database() {
  readers_.clear();
  writes_.reset();
  close(lock_);
}

void Database::Committed(Connection& connection) {
  const absl::StatusOr<int64_t> latest = LatestVersion(connection);
  const std::lock_guard lock(versions_mutex_);
  if (latest.ok()) latest_ = *latest;
  for (size_t kind = 0; kind < kKinds; ++kind) {
    if (!std::exchange(touched_.at(kind), false)) continue;
    latest_of_.at(kind) = latest_;
    changed_.at(kind).notify_all();
  }
}

int64_t Database::Latest() {
  const std::lock_guard lock(versions_mutex_);
  return latest_;
}

int64_t Database::WaitForChange(Kind kind, int64_t version, absl::Duration wait) {
  std::unique_lock lock(versions_mutex_);
  const auto index = static_cast<size_t>(kind);
  changed_.at(index).wait_for(lock, absl::ToChronoNanoseconds(wait),
                              [&] { return latest_of_.at(index) > version; });
  return latest_;
}

Database::Reader::Reader(Database& database) : database_(database) {
  std::unique_lock lock(database_.readers_mutex_);
  database_.reader_free_.wait(lock, [&] { return !database_.readers_.empty(); });
  connection_ = std::move(database_.readers_.back());
  database_.readers_.pop_back();
}

Database::Reader::~Reader() {
  {
    const std::lock_guard lock(database_.readers_mutex_);
    database_.readers_.push_back(std::move(connection_));
  }
  database_.reader_free_.notify_one();
}

}  // namespace eventreactor::local
