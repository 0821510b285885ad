// Our messages to and from those of the NATS library.
#pragma once

#include <string>
#include <utility>
#include <vector>

#include "absl/status/statusor.h"
#include "libs/bus/bus.h"
#include "libs/bus/link.h"

namespace eventreactor::bus {

// `reply`: where an answer is expected; empty: none.
absl::StatusOr<NatsMsgPtr> ToNats(const Message& message, const std::string& reply);

Message FromNats(natsMsg* msg);

// The value of a header, or "".
std::string HeaderOf(natsMsg* msg, const char* name);

// Fills headers and id from a block as the protocol has it: "NATS/1.0\r\n",
// lines of "name: value\r\n", an empty line. What is no header is left out.
void ParseHeaderBlock(const std::string& block, Message& message);

// What the subject says that a delivery is to be acknowledged at:
// $JS.ACK.<stream>.<consumer>.<attempt>.<stream seq>.<consumer seq>.<ns>.<pending>,
// or with <domain>.<account> before the stream and a token at the end.
struct AckSubject {
  uint64_t attempt = 0;
  uint64_t stream_sequence = 0;
  uint64_t consumer_sequence = 0;
  absl::Time stored_at;
};
absl::StatusOr<AckSubject> ParseAckSubject(const std::string& subject);

}  // namespace eventreactor::bus
