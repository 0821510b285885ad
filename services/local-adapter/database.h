// The database file: one writer with group commit, a few readers, and who
// waits for changes. WAL mode with synchronous=FULL: what a call stored
// survives the kill of the process and the loss of power.
#pragma once

#include <array>
#include <condition_variable>
#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "services/local-adapter/change_log.h"
#include "services/local-adapter/sqlite.h"
#include "services/local-adapter/write_queue.h"

namespace eventreactor::local {

// Thread-safe.
class Database {
 public:
  struct Options {
    // Made if it is not there, readable by its owner only; the directory must
    // be there.
    std::string path;
    // Bound of the file; 0: the disk's.
    int64_t max_bytes = 0;
    ChangeLogLimits change_log = {};
    // The wall clock.
    std::function<absl::Time()> now = absl::Now;
  };

  // FAILED_PRECONDITION: another process has it open (STORE_IN_USE), or a
  // later program wrote it (SCHEMA_TOO_NEW).
  static absl::StatusOr<std::unique_ptr<Database>> Open(const Options& options);
  ~Database();
  Database(const Database&) = delete;
  Database& operator=(const Database&) = delete;

  const Options& options() const { return options_; }

  // See WriteQueue::Run.
  absl::Status Write(const WriteQueue::Work& work) { return writes_->Run(work); }

  // Lends a connection for reading; waits while all are lent.
  class Reader {
   public:
    explicit Reader(Database& database);
    ~Reader();
    Reader(const Reader&) = delete;
    Reader& operator=(const Reader&) = delete;
    Connection& operator*() const { return *connection_; }

   private:
    Database& database_;
    std::unique_ptr<Connection> connection_;
  };

  // The version of the last commit.
  int64_t Latest();
  // Waits until a change of this kind after `version` may have been
  // committed, at most `wait`; returns Latest().
  int64_t WaitForChange(Kind kind, int64_t version, absl::Duration wait);
  // To be called in a transaction that changes resources of this kind.
  void Touch(Kind kind) { touched_.at(static_cast<size_t>(kind)) = true; }

 private:
  static constexpr size_t kKinds = 4;
  static constexpr int kReaders = 4;

  Database(Options options, int lock) : options_(std::move(options)), lock_(lock) {}
  absl::Status OpenConnections();
  void Committed(Connection& connection);

  const Options options_;
  // The file descriptor of the lock file.
  const int lock_;
  std::unique_ptr<WriteQueue> writes_;
  // Of whoever writes: which kinds the transaction changes.
  std::array<bool, kKinds> touched_ = {};

  std::mutex versions_mutex_;
  std::array<std::condition_variable, kKinds> changed_;
  int64_t latest_ = 0;
  std::array<int64_t, kKinds> latest_of_ = {};

  std::mutex readers_mutex_;
  std::condition_variable reader_free_;
  std::vector<std::unique_ptr<Connection>> readers_;
};

}  // namespace eventreactor::local
