// The logs of runs: written while the containers write them, read back from
// the first byte. Kept in the bus's ER_LOG, bounded per container; what went
// beyond is said in the log itself.
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <utility>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "libs/adapter/executor.h"
#include "libs/adapter/log_message.h"
#include "libs/bus/bus.h"

namespace eventreactor {

// A piece of one container's log: at most 64 KiB.
struct LogPiece {
  std::string step;
  // Where it begins in the container's log, in bytes.
  int64_t offset = 0;
  std::string data;
  absl::Time time;
};

// Thread-safe.
class LogStore {
 public:
  struct Options {
    // Beyond this many bytes of one container a note is written, and the
    // rest is dropped.
    int64_t max_bytes_per_step = int64_t{16} << 20;
  };
  LogStore(bus::Bus& bus, Options options) : bus_(bus), options_(options) {}

  // How many bytes of this container's log are stored: where to go on after
  // a restart. UNAVAILABLE while the bus is down.
  absl::StatusOr<int64_t> Stored(const RunKey& key, const std::string& step);

  // Stores the piece; waits for the bus, and may be repeated: an offset that
  // is stored is not stored again. UNAVAILABLE: try again. INVALID_ARGUMENT
  // (LOG_PIECE_TOO_LARGE); FAILED_PRECONDITION (LOG_CLOSED) for what was not
  // stored before Close. A step is closed before the next one is appended to.
  absl::Status Append(const RunKey& key, const LogPiece& piece);

  // Says that nothing more comes of this container. Repeatable.
  absl::Status Close(const RunKey& key, const std::string& step);

  // Calls `sink` with each piece in the order they were stored; those of
  // another uid (an Action of the same name, deleted since) are left out. A
  // bus that is down for less than half a minute only delays it. With `follow`, goes on until
  // `finished` says so and everything stored has been read; returns early
  // when `sink` returns false. `step` empty: all.
  absl::Status Read(const std::string& ns, const std::string& name, const std::string& uid,
                    const std::string& step, bool follow, const std::function<bool()>& finished,
                    const std::function<bool(const LogPiece&)>& sink);

  // Removes the log of an Action; before its name is free for another.
  absl::Status Remove(const RunKey& key);

 private:
  // How far one container's log is stored.
  struct Progress {
    std::mutex mu;
    // False: ask the bus.
    bool known = false;
    int64_t next = 0;
    bool cut = false;
    bool closed = false;
  };

  std::shared_ptr<Progress> ProgressOf(const RunKey& key, const std::string& step);
  // A closed log takes no memory.
  void Forget(const RunKey& key, const std::string& step);
  // These with the lock of `progress` held.
  absl::Status Load(const RunKey& key, const std::string& step, Progress& progress);
  absl::Status Store(const RunKey& key, const LogEntry& entry, Progress& progress);
  absl::Status StorePiece(const RunKey& key, const LogPiece& piece, Progress& progress);

  bus::Bus& bus_;
  Options options_;
  std::mutex mu_;
  // By uid and step; open logs only.
  std::map<std::pair<std::string, std::string>, std::shared_ptr<Progress>> open_;
};

}  // namespace eventreactor
