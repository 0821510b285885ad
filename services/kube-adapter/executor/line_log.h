// One container's log as its node has it, on its way to the LogStore: each
// line once, however often it is read from its start, and though the node may
// have rotated it (containerLogMaxSize) and lost that start meanwhile.
#pragma once

#include <string>
#include <string_view>

#include "absl/time/time.h"
#include "libs/adapter/log_store.h"
#include "libs/adapter/step_log.h"
#include "services/kube-adapter/executor/log_lines.h"

namespace eventreactor::kube {

// For one thread. False is as StepLog has it.
class LineLog {
 public:
  // As StepLog.
  LineLog(LogStore& logs, const RunKey& key, const std::string& step, size_t tail_bytes,
          const StepLog::Wait& wait);

  // Before everything else.
  bool Open();
  // What is written next is all that the node has, with timestamps.
  void Begin();
  bool Write(std::string_view bytes);
  // The node has sent all of it.
  bool End();
  bool Close() { return log_.Close(); }

  std::string tail() const { return log_.tail(); }
  // A part of it was rotated away before it was read; the log says where.
  bool missing() const { return missing_; }

 private:
  bool Take(absl::Time time, std::string_view text);
  bool Resume(absl::Time time);

  LogStore& logs_;
  const RunKey key_;
  const std::string step_;
  const StepLog::Wait wait_;
  StepLog log_;
  LogLines lines_;

  // Of the log's first line; infinite past: not known.
  absl::Time first_ = absl::InfinitePast();
  // Of the last line that was written, and how many bytes have that time;
  // infinite past: not known.
  absl::Time last_ = absl::InfinitePast();
  size_t last_bytes_ = 0;

  // Of the reading under way: nothing has come yet.
  bool fresh_ = true;
  // Its first byte is not the log's: positions say nothing, times do, from
  // here on.
  bool rotated_ = false;
  // What comes was read before, up to the last of it.
  bool passing_over_ = false;
  // Bytes of the time last_ that it has sent.
  size_t met_bytes_ = 0;
  bool missing_ = false;
};

}  // namespace eventreactor::kube
