// A streamed answer read by a thread that may take its time.
#pragma once

#include <memory>
#include <string>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "services/kube-adapter/kube/client.h"

namespace eventreactor::kube {

struct StreamReaderOptions {
  // Bytes that wait to be read.
  size_t buffer = size_t{1} << 20;
  // When the buffer is full: the server waits (on a connection of its own), or
  // else the stream ends with RESOURCE_EXHAUSTED (READER_TOO_SLOW).
  bool pausable = true;
};

// For one thread, but Cancel.
class StreamReader {
 public:
  StreamReader(Client& client, Request request, const StreamReaderOptions& options = {});
  // Cancels.
  ~StreamReader();
  StreamReader(const StreamReader&) = delete;
  StreamReader& operator=(const StreamReader&) = delete;

  struct Piece {
    // All that has come; empty if nothing did within `wait`.
    std::string bytes;
    // The server ended the stream, and these are the last bytes.
    bool ended = false;
  };
  absl::StatusOr<Piece> Read(absl::Duration wait);

  // Read returns CANCELLED at once, now and later. Any thread.
  void Cancel();

 private:
  class Buffer;
  std::shared_ptr<Buffer> buffer_;
  Call call_;
};

}  // namespace eventreactor::kube
