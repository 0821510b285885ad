// One request of a pull consumer: "give me what is there, or the next one".
#pragma once

#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "libs/bus/link.h"

namespace eventreactor::bus {

// At most this many messages at once, whatever is asked for: they are held
// in memory, up to kMaxMessageBytes each.
inline constexpr int kMaxBatch = 256;

// The longest that one request waits. Some servers do not tell those who wait
// that the consumer is gone; the next request finds out.
inline constexpr absl::Duration kLongestPull = absl::Seconds(3);

struct Pulled {
  std::vector<NatsMsgPtr> messages;
  // True if the server says that there is no such consumer (any more), or
  // does not answer: then it is to be made sure of before the next request.
  bool consumer_gone = false;
};

// Waits for up to `wait`, or kLongestPull, for the first message; for four
// seconds more where the server says nothing. Leaves no request open at the
// server, so nothing is sent to where nobody listens. BUS_DOWN if the link
// went down before a message came.
absl::StatusOr<Pulled> Pull(Link& link, const std::string& stream, const std::string& consumer,
                            int max, absl::Duration wait);

}  // namespace eventreactor::bus
