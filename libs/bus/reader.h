// Reads a stream in order over JetStream, through a consumer in the server's
// memory that is made anew from where the reader is whenever it was lost.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "libs/bus/bus.h"
#include "libs/bus/connection.h"

namespace eventreactor::bus {

// For one thread at a time.
class StreamReader : public Reader {
 public:
  StreamReader(std::shared_ptr<Connection> connection, std::string stream, std::string filter)
      : connection_(std::move(connection)),
        stream_(std::move(stream)),
        filter_(std::move(filter)) {}
  ~StreamReader() override;

  absl::StatusOr<std::vector<StoredMessage>> Next(int max, absl::Duration wait) override;

 private:
  absl::StatusOr<std::vector<StoredMessage>> NextOnce(int max, absl::Time deadline);
  absl::Status Begin(const std::shared_ptr<Link>& link);

  const std::shared_ptr<Connection> connection_;
  const std::string stream_;
  const std::string filter_;
  // The consumer, of this link only; empty: none.
  std::string consumer_;
  std::weak_ptr<Link> link_;
  // Counts the consumer's messages: a gap means that some were lost.
  uint64_t consumer_sequence_ = 0;
  // The last that was read.
  uint64_t stream_sequence_ = 0;
};

}  // namespace eventreactor::bus
