#include "libs/adapter/step_log.h"

#include <glog/logging.h>

#include <algorithm>
#include <utility>

#include "absl/time/clock.h"
#include "libs/status/status.h"

namespace eventreactor {
namespace {

constexpr size_t kPieceBytes = size_t{64} << 10;

}  // namespace

StepLog::StepLog(LogStore& logs, RunKey key, std::string step, size_t tail_bytes, Wait wait)
    : logs_(logs),
      key_(std::move(key)),
      step_(std::move(step)),
      tail_bytes_(tail_bytes),
      wait_(std::move(wait)) {
  piece_.step = step_;
}

bool StepLog::Try(const std::function<absl::Status()>& what) {
  while (true) {
    const absl::Status status = what();
    if (status.ok()) return true;
    if (!IsTransient(status)) {
      // No later try can help; the run itself must not hang on it.
      LOG(ERROR) << "log of " << key_.ns << "/" << key_.name << " " << step_ << ": "
                 << Message(status);
      return true;
    }
    if (!wait_(status)) return false;
  }
}

bool StepLog::Open() {
  return Try([this] {
    const absl::StatusOr<int64_t> stored = logs_.Stored(key_, step_);
    if (stored.ok()) stored_ = *stored;
    return stored.status();
  });
}

void StepLog::Continue() {
  seen_ = std::max(seen_, stored_);
  position_ = seen_;
}

bool StepLog::Write(const char* data, size_t size, absl::Time time) {
  const int64_t begin = position_;
  position_ += static_cast<int64_t>(size);
  if (position_ <= seen_) return true;
  const auto known = static_cast<size_t>(std::max<int64_t>(seen_ - begin, 0));
  KeepTail(data + known, size - known);
  seen_ = position_;
  // From here on only what is not stored yet.
  const int64_t fresh_from = std::max(begin + static_cast<int64_t>(known), stored_);
  if (fresh_from >= position_) return true;
  size_t at = static_cast<size_t>(fresh_from - begin);
  while (at < size) {
    if (piece_.data.empty()) {
      piece_.offset = begin + static_cast<int64_t>(at);
      piece_.time = time == absl::InfiniteFuture() ? absl::Now() : time;
    }
    const size_t take = std::min(size - at, kPieceBytes - piece_.data.size());
    piece_.data.append(data + at, take);
    at += take;
    if (piece_.data.size() == kPieceBytes && !Flush()) return false;
  }
  return true;
}

bool StepLog::Flush() {
  if (piece_.data.empty()) return true;
  if (!Try([this] { return logs_.Append(key_, piece_); })) return false;
  piece_.data.clear();
  return true;
}

bool StepLog::Close() {
  return Flush() && Try([this] { return logs_.Close(key_, step_); });
}

void StepLog::KeepTail(const char* data, size_t size) {
  tail_.append(data, size);
  // Not each time: moving the whole tail for every line would cost more than
  // reading it.
  if (tail_.size() > 2 * tail_bytes_) tail_.erase(0, tail_.size() - tail_bytes_);
}

std::string StepLog::tail() const {
  return tail_.size() > tail_bytes_ ? tail_.substr(tail_.size() - tail_bytes_) : tail_;
}

}  // namespace eventreactor
