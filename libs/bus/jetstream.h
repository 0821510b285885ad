// The bus over NATS JetStream (cnats).
#pragma once

#include <memory>
#include <string>

#include "libs/bus/bus.h"

namespace eventreactor::bus {

struct ConnectOptions {
  // nats://host:port, several divided by commas.
  std::string url = "nats://127.0.0.1:4222";
  std::string user;
  // Holds the password of `user`, whole first line; empty: none.
  std::string password_file;
  // Shown by the server: the service's name.
  std::string client_name;
};

// Bounds of the streams. Bytes are of the stream as stored.
struct StreamLimits {
  int64_t events_max_bytes = int64_t{1} << 30;
  int64_t actions_max_bytes = int64_t{256} << 20;
  int64_t log_max_bytes = int64_t{512} << 20;
  int64_t dead_max_bytes = int64_t{256} << 20;
  int64_t feed_max_bytes = int64_t{64} << 20;
  // Of ages, 0 is for ever.
  absl::Duration log_max_age = absl::Hours(24 * 7);
  absl::Duration feed_max_age = absl::Hours(1);
  // How long a second publish of an id is known to be one.
  absl::Duration duplicate_window = absl::Minutes(10);
  // 1, or 3 and 5 on a NATS cluster.
  int replicas = 1;
};

class JetStreamBus : public Bus {
 public:
  // Connects in the background and reconnects for ever, with jitter; never
  // fails for a server that is not there yet. INVALID_ARGUMENT for options
  // that cannot work.
  static absl::StatusOr<std::unique_ptr<JetStreamBus>> Connect(const ConnectOptions& options);

  // Creates the streams or brings them to these limits; repeatable.
  virtual absl::Status EnsureStreams(const StreamLimits& limits) = 0;

  // OK if all streams are there with the subjects and policies that this
  // version needs; FAILED_PRECONDITION says what differs.
  virtual absl::Status VerifyStreams() = 0;
};

}  // namespace eventreactor::bus
