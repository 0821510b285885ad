// What is published on the bus's feed, live: a core NATS subscription, which
// keeps nothing and holds nobody up.
#pragma once

#include <nats/nats.h>

#include <memory>
#include <optional>
#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "libs/bus/bus.h"

namespace eventreactor::cli {

struct FeedOptions {
  // HOST:PORT.
  std::string address;
  // Empty: as whoever the server takes those for who say nothing.
  std::string user;
  std::string password;
  std::string subject;
};

class Feed {
 public:
  // Once subscribed. UNAVAILABLE (NO_FEED).
  static absl::StatusOr<std::unique_ptr<Feed>> Open(const FeedOptions& options);
  ~Feed();
  Feed(const Feed&) = delete;
  Feed& operator=(const Feed&) = delete;

  // The next message; nothing if none came in `wait`. A server that is away
  // is dialed again for ever, which is said on stderr: what is published
  // meanwhile does not come.
  std::optional<bus::Message> Next(absl::Duration wait);

  // How many messages were lost since the last call, as they came faster than
  // they were taken.
  int64_t TakeLost();

 private:
  Feed() = default;
  natsConnection* nats_ = nullptr;
  natsSubscription* subscription_ = nullptr;
  int64_t lost_ = 0;
};

}  // namespace eventreactor::cli
