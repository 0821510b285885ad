#include "services/kube-adapter/executor/line_log.h"

#include <algorithm>

#include "libs/status/status.h"

namespace eventreactor::kube {
namespace {

constexpr std::string_view kMissing =
    "\n[a part of this log is missing here: its node rotated it before it was read]\n";
constexpr std::string_view kMaybeMissing =
    "\n[its node has rotated this log: a part may be missing here, or come twice]\n";

}  // namespace

LineLog::LineLog(LogStore& logs, const RunKey& key, const std::string& step, size_t tail_bytes,
                 const StepLog::Wait& wait)
    : logs_(logs), key_(key), step_(step), wait_(wait), log_(logs, key, step, tail_bytes, wait) {}

bool LineLog::Open() {
  if (!log_.Open()) return false;
  if (log_.stored() == 0) return true;
  // An earlier process began: its first piece has the time of the first line.
  while (true) {
    const absl::Status status = logs_.Read(
        key_.ns, key_.name, key_.uid, step_, /*follow=*/false, [] { return true; },
        [this](const LogPiece& piece) {
          first_ = piece.time;
          return false;
        });
    if (status.ok() || !IsTransient(status)) return true;
    if (!wait_(status)) return false;
  }
}

void LineLog::Begin() {
  lines_ = LogLines();
  fresh_ = true;
  met_bytes_ = 0;
  if (!rotated_) log_.Rewind();
}

bool LineLog::Write(std::string_view bytes) {
  const auto take = [this](absl::Time time, std::string_view text) { return Take(time, text); };
  return lines_.Feed(bytes, take) && log_.Flush();
}

bool LineLog::End() {
  const auto take = [this](absl::Time time, std::string_view text) { return Take(time, text); };
  return lines_.End(take) && log_.Flush();
}

bool LineLog::Take(absl::Time time, std::string_view text) {
  const bool timed = time != absl::InfinitePast();
  if (fresh_) {
    fresh_ = false;
    if (first_ == absl::InfinitePast()) first_ = time;
    if (timed && (rotated_ || time != first_) && !Resume(time)) return false;
  }
  if (time > last_) {
    // Anything that is later is new.
    passing_over_ = false;
    last_ = time;
    last_bytes_ = met_bytes_ = 0;
  }
  const size_t known =
      time == last_ ? last_bytes_ - std::min(last_bytes_, met_bytes_) : text.size();
  if (time == last_) {
    met_bytes_ += text.size();
    last_bytes_ = std::max(last_bytes_, met_bytes_);
  }
  if (passing_over_) {
    text.remove_prefix(std::min(known, text.size()));
    if (text.empty()) return true;
    passing_over_ = false;
  }
  return log_.Write(text.data(), text.size(), timed ? time : absl::InfiniteFuture());
}

// The node's first line now, of `time`, is not the log's.
bool LineLog::Resume(absl::Time time) {
  rotated_ = true;
  passing_over_ = true;
  log_.Continue();
  std::string_view note;
  if (last_ == absl::InfinitePast()) {
    note = kMaybeMissing;
  } else if (time > last_) {
    note = kMissing;
  } else {
    return true;
  }
  missing_ = true;
  return log_.Write(note.data(), note.size(), time);
}

}  // namespace eventreactor::kube
