// The errors of every bus, so that the real one and the fake say the same.
#pragma once

#include <string>

#include "absl/status/status.h"
#include "libs/bus/bus.h"

namespace eventreactor::bus {

// What one message may weigh, headers included: 1 MiB of data and its
// attributes. The server's max_payload.
inline constexpr int kMaxMessageBytes = 2 << 20;
// Publishes under way at once.
inline constexpr size_t kMaxInFlight = 4096;

// UNAVAILABLE (BUS_DOWN): there is no connection, or no answer came.
absl::Status BusDown(const std::string& message);
// RESOURCE_EXHAUSTED (BUS_FULL): the stream refuses more.
absl::Status BusFull(const std::string& stream, const std::string& message);
// RESOURCE_EXHAUSTED (BUS_BUSY): too many publishes under way.
absl::Status BusBusy();
// INVALID_ARGUMENT (MESSAGE_TOO_LARGE).
absl::Status MessageTooLarge(size_t bytes, int64_t max_bytes);
// NOT_FOUND (MESSAGE_NOT_FOUND).
absl::Status MessageNotFound(const std::string& stream, const std::string& subject);

// INVALID_ARGUMENT for what the protocol cannot carry: a subject that is not
// concrete, a header name or value with a line break, a message too large.
absl::Status CheckMessage(const Message& message);

// What subject, headers and payload weigh on the wire, about.
size_t WireBytes(const Message& message);

}  // namespace eventreactor::bus
