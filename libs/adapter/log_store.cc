#include "libs/adapter/log_store.h"

#include <algorithm>

#include "absl/time/clock.h"
#include "libs/bus/subjects.h"
#include "libs/clock/steady_now.h"
#include "libs/status/status.h"

namespace eventreactor {
namespace {

constexpr size_t kMaxPiece = size_t{64} << 10;
// Messages of a log read at once.
constexpr int kBatch = 64;
// How long a follower waits for more before it asks whether it is over.
constexpr absl::Duration kFollowWait = absl::Milliseconds(200);
// How long a reader bears a bus that is down.
constexpr absl::Duration kPatience = absl::Seconds(30);

std::string CutNote(int64_t bytes) {
  return "\n[the log is cut here: more than " + std::to_string(bytes) +
         " bytes of a step are not kept]\n";
}

// Hands each entry on once, though the stream may hold a part of it twice.
class Deduper {
 public:
  // The piece to show, if there is anything new in the entry.
  std::optional<LogPiece> Show(LogEntry entry) {
    auto& [next, cut] = shown_[{entry.uid, entry.step}];
    if (entry.eof || (entry.cut && cut)) return std::nullopt;
    if (entry.cut) {
      cut = true;
    } else {
      if (entry.end <= next) return std::nullopt;
      const int64_t known = std::max<int64_t>(next - entry.offset, 0);
      entry.data.erase(0, static_cast<size_t>(known));
      entry.offset += known;
      next = entry.end;
    }
    return LogPiece{entry.step, entry.offset, std::move(entry.data), entry.time};
  }

 private:
  std::map<std::pair<std::string, std::string>, std::pair<int64_t, bool>> shown_;
};

}  // namespace

std::shared_ptr<LogStore::Progress> LogStore::ProgressOf(const RunKey& key,
                                                         const std::string& step) {
  const std::lock_guard lock(mu_);
  std::shared_ptr<Progress>& progress = open_[{key.uid, step}];
  if (progress == nullptr) progress = std::make_shared<Progress>();
  return progress;
}

absl::Status LogStore::Load(const RunKey& key, const std::string& step, Progress& progress) {
  if (progress.known) return absl::OkStatus();
  const absl::StatusOr<bus::StoredMessage> last =
      bus_.Last(bus::kLog, bus::LogSubject(key.ns, key.name, step));
  if (!last.ok() && last.status().code() != absl::StatusCode::kNotFound) return last.status();
  progress.next = 0;
  progress.cut = false;
  progress.closed = false;
  const std::optional<LogEntry> entry = last.ok() ? ReadLogMessage(*last) : std::nullopt;
  // Another uid: what an Action of the same name left.
  if (entry && entry->uid == key.uid) {
    progress.next = entry->end;
    progress.closed = entry->eof;
    progress.cut = entry->cut;
  }
  progress.known = true;
  return absl::OkStatus();
}

absl::Status LogStore::Store(const RunKey& key, const LogEntry& entry, Progress& progress) {
  const absl::StatusOr<bus::PublishAck> ack = bus_.Publish(LogMessage(key, entry));
  // It may be stored all the same; a duplicate may have been a shorter piece.
  if (!ack.ok() || ack->duplicate) progress.known = false;
  if (!ack.ok()) return ack.status();
  if (ack->duplicate) return Load(key, entry.step, progress);
  progress.next = entry.end;
  progress.cut = entry.cut;
  progress.closed = entry.eof;
  return absl::OkStatus();
}

absl::Status LogStore::StorePiece(const RunKey& key, const LogPiece& piece, Progress& progress) {
  const int64_t end = piece.offset + static_cast<int64_t>(piece.data.size());
  // More than once if a part of it was stored before, or the bound is met.
  while (progress.next < end && !progress.cut) {
    if (progress.closed) {
      return MakeStatus(absl::StatusCode::kFailedPrecondition, "LOG_CLOSED",
                        "the log of step " + piece.step + " was closed at " +
                            std::to_string(progress.next) + " bytes");
    }
    LogEntry entry{.uid = key.uid, .step = piece.step, .data = "", .time = piece.time};
    entry.offset = std::max(piece.offset, progress.next);
    entry.end = std::min(end, options_.max_bytes_per_step);
    if (entry.offset < entry.end) {
      entry.data = piece.data.substr(static_cast<size_t>(entry.offset - piece.offset),
                                     static_cast<size_t>(entry.end - entry.offset));
    } else {
      entry.cut = true;
      entry.end = entry.offset;
      entry.data = CutNote(options_.max_bytes_per_step);
    }
    const int64_t before = progress.next;
    if (absl::Status stored = Store(key, entry, progress); !stored.ok()) return stored;
    if (progress.next == before && !progress.cut && !progress.closed) {
      return MakeStatus(absl::StatusCode::kUnavailable, "LOG_BEHIND",
                        "the bus knows this piece of the log but does not show it; try again");
    }
  }
  return absl::OkStatus();
}

absl::StatusOr<int64_t> LogStore::Stored(const RunKey& key, const std::string& step) {
  const std::shared_ptr<Progress> progress = ProgressOf(key, step);
  const std::lock_guard lock(progress->mu);
  if (absl::Status loaded = Load(key, step, *progress); !loaded.ok()) return loaded;
  if (progress->closed) Forget(key, step);
  return progress->next;
}

absl::Status LogStore::Append(const RunKey& key, const LogPiece& piece) {
  if (piece.data.size() > kMaxPiece || piece.offset < 0) {
    return InvalidField(
        "data",
        "a piece of a log has at most 65536 bytes, this one " + std::to_string(piece.data.size()),
        "LOG_PIECE_TOO_LARGE");
  }
  const std::shared_ptr<Progress> progress = ProgressOf(key, piece.step);
  const std::lock_guard lock(progress->mu);
  if (absl::Status loaded = Load(key, piece.step, *progress); !loaded.ok()) return loaded;
  if (progress->closed) Forget(key, piece.step);
  return StorePiece(key, piece, *progress);
}

absl::Status LogStore::Close(const RunKey& key, const std::string& step) {
  const std::shared_ptr<Progress> progress = ProgressOf(key, step);
  {
    const std::lock_guard lock(progress->mu);
    if (absl::Status loaded = Load(key, step, *progress); !loaded.ok()) return loaded;
    if (!progress->closed) {
      LogEntry entry{.uid = key.uid, .step = step, .eof = true, .data = "", .time = absl::Now()};
      entry.offset = entry.end = progress->next;
      entry.cut = progress->cut;
      if (absl::Status stored = Store(key, entry, *progress); !stored.ok()) return stored;
    }
  }
  Forget(key, step);
  return absl::OkStatus();
}

void LogStore::Forget(const RunKey& key, const std::string& step) {
  const std::lock_guard lock(mu_);
  open_.erase({key.uid, step});
}

absl::Status LogStore::Read(const std::string& ns, const std::string& name, const std::string& uid,
                            const std::string& step, bool follow,
                            const std::function<bool()>& finished,
                            const std::function<bool(const LogPiece&)>& sink) {
  const std::string filter =
      step.empty() ? bus::LogFilter(ns, name) : bus::LogSubject(ns, name, step);
  absl::StatusOr<std::unique_ptr<bus::Reader>> reader = bus_.Read(bus::kLog, filter);
  if (!reader.ok()) return reader.status();
  Deduper deduper;
  absl::Time last_success = SteadyNow();
  while (true) {
    // Asked before reading: what was stored until then is read after it.
    const bool over = !follow || finished();
    absl::StatusOr<std::vector<bus::StoredMessage>> read =
        (*reader)->Next(kBatch, over ? absl::ZeroDuration() : kFollowWait);
    if (!read.ok()) {
      const bool bearable = IsTransient(read.status()) && SteadyNow() - last_success < kPatience;
      if (!bearable) return read.status();
      absl::SleepFor(kFollowWait);
      continue;
    }
    last_success = SteadyNow();
    for (const bus::StoredMessage& stored : *read) {
      std::optional<LogEntry> entry = ReadLogMessage(stored);
      if (!entry || (!uid.empty() && entry->uid != uid)) continue;
      const std::optional<LogPiece> piece = deduper.Show(*std::move(entry));
      if (piece && !sink(*piece)) return absl::OkStatus();
    }
    if (read->empty() && over) return absl::OkStatus();
  }
}

absl::Status LogStore::Remove(const RunKey& key) {
  {
    const std::lock_guard lock(mu_);
    std::erase_if(open_, [&](const auto& item) { return item.first.first == key.uid; });
  }
  return bus_.Purge(bus::kLog, bus::LogFilter(key.ns, key.name));
}

}  // namespace eventreactor
