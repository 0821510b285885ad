#include "services/kube-adapter/kube/stream_reader.h"

#include <condition_variable>
#include <mutex>
#include <utility>

#include "libs/status/status.h"
#include "services/kube-adapter/kube/clock.h"

namespace eventreactor::kube {

// Filled by the client's thread, emptied by the reader's.
class StreamReader::Buffer : public StreamSink {
 public:
  explicit Buffer(const StreamReaderOptions& options) : options_(options) {}

  Flow OnData(std::string_view bytes) override {
    const std::lock_guard lock(mutex_);
    if (cancelled_) return Flow::kEnd;
    // One that is larger than the buffer gets in when that is empty.
    if (!bytes_.empty() && bytes_.size() + bytes.size() > options_.buffer) {
      if (options_.pausable) {
        paused_ = true;
        return Flow::kPause;
      }
      too_slow_ = true;
      return Flow::kEnd;
    }
    bytes_.append(bytes);
    changed_.notify_one();
    return Flow::kTaken;
  }

  void OnEnd(const absl::Status& status) override {
    const std::lock_guard lock(mutex_);
    ended_ = true;
    status_ = status;
    if (too_slow_ && status.ok()) {
      status_ = MakeStatus(
          absl::StatusCode::kResourceExhausted, "READER_TOO_SLOW",
          "more than " + std::to_string(options_.buffer) + " bytes of a stream waited to be read");
    }
    changed_.notify_one();
  }

  absl::StatusOr<Piece> Read(absl::Duration wait, const Call& call) {
    Piece piece;
    bool resume = false;
    {
      std::unique_lock lock(mutex_);
      changed_.wait_for(lock, ToWait(wait),
                        [this] { return cancelled_ || ended_ || !bytes_.empty(); });
      if (cancelled_) {
        return MakeStatus(absl::StatusCode::kCancelled, "CALL_CANCELLED",
                          "the stream was given up");
      }
      piece.bytes = std::exchange(bytes_, {});
      // What came before a failure is still read.
      if (ended_ && !status_.ok() && piece.bytes.empty()) return status_;
      piece.ended = ended_ && status_.ok();
      resume = std::exchange(paused_, false);
    }
    if (resume) call.Resume();
    return piece;
  }

  void Cancel() {
    const std::lock_guard lock(mutex_);
    cancelled_ = true;
    changed_.notify_one();
  }

 private:
  const StreamReaderOptions options_;
  std::mutex mutex_;
  std::condition_variable changed_;
  std::string bytes_;
  bool paused_ = false;
  bool too_slow_ = false;
  bool cancelled_ = false;
  bool ended_ = false;
  absl::Status status_;
};

StreamReader::StreamReader(Client& client, Request request, const StreamReaderOptions& options)
    : buffer_(std::make_shared<Buffer>(options)),
      call_(client.Stream(std::move(request), buffer_, options.pausable)) {}

StreamReader::~StreamReader() { Cancel(); }

absl::StatusOr<StreamReader::Piece> StreamReader::Read(absl::Duration wait) {
  return buffer_->Read(wait, call_);
}

void StreamReader::Cancel() {
  buffer_->Cancel();
  call_.Cancel();
}

}  // namespace eventreactor::kube
