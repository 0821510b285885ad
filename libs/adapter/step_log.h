// One container's log on its way from where it runs to the LogStore: every byte
// once, whatever is read twice, with as much memory as one piece takes.
#pragma once

#include <cstdint>
#include <functional>
#include <string>

#include "absl/status/status.h"
#include "absl/time/time.h"
#include "libs/adapter/log_store.h"

namespace eventreactor {

// For one thread.
class StepLog {
 public:
  // Called after a try that failed: waits, and says whether to try again.
  using Wait = std::function<bool(const absl::Status& status)>;

  // `logs` outlives it. `tail_bytes` are kept of the log's end.
  StepLog(LogStore& logs, RunKey key, std::string step, size_t tail_bytes, Wait wait);

  // The following return false once `wait` said so; otherwise they have done
  // it, however long that took.

  // Learns how much an earlier process stored. Before everything else.
  bool Open();
  // The next bytes of the log. Those seen before are passed over. `time` is
  // when the container wrote them; unless it is known, they are taken for new.
  bool Write(const char* data, size_t size, absl::Time time = absl::InfiniteFuture());
  // Stores what is buffered.
  bool Flush();
  // Flushes, and says that nothing more comes.
  bool Close();

  // The next Write is of the log's first byte again.
  void Rewind() { position_ = 0; }
  // The next Write follows what is stored and seen, wherever it was read.
  void Continue();

  // Bytes that an earlier process stored.
  int64_t stored() const { return stored_; }

  // The end of what was written.
  std::string tail() const;

 private:
  bool Try(const std::function<absl::Status()>& what);
  void KeepTail(const char* data, size_t size);

  LogStore& logs_;
  const RunKey key_;
  const std::string step_;
  const size_t tail_bytes_;
  const Wait wait_;
  // Offsets in the log: of the next Write, of the first byte not yet seen,
  // and of the first byte that nobody stored before.
  int64_t position_ = 0;
  int64_t seen_ = 0;
  int64_t stored_ = 0;
  LogPiece piece_;
  std::string tail_;
};

}  // namespace eventreactor
