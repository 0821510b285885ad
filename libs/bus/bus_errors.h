// The errors of every bus, so that the real one and the fake say the same.
#pragma once

#include <string>

#include "absl/status/status.h"
#include "libs/bus/bus.h"

namespace eventreactor::bus {

// What one message may weigh, headers included: 1 MiB of data and its
// attributes. The server's max_payload.
inline constexpr int kMaxMessageBytes = 2 << 20;
// What its headers may weigh: JetStream takes 64 KiB. The rest is for what is
// added when it is buried (er.dead.>) or fed to taps.
inline constexpr size_t kMaxHeaderBytes = 60 << 10;
inline constexpr size_t kMaxDeadHeaderBytes = (64 << 10) - 1;
// Publishes under way at once.
inline constexpr size_t kMaxInFlight = 4096;

// UNAVAILABLE (BUS_DOWN): there is no connection, or no answer came.
absl::Status BusDown(const std::string& message);
// RESOURCE_EXHAUSTED (BUS_FULL): the stream refuses more.
absl::Status BusFull(const std::string& stream, const std::string& message);
// RESOURCE_EXHAUSTED (BUS_BUSY): too many publishes under way.
absl::Status BusBusy();
// INVALID_ARGUMENT (MESSAGE_TOO_LARGE). `what`: the message, its headers.
absl::Status MessageTooLarge(const std::string& what, size_t bytes, int64_t max_bytes);
// NOT_FOUND (MESSAGE_NOT_FOUND).
absl::Status MessageNotFound(const std::string& stream, const std::string& subject);

// INVALID_ARGUMENT for what the protocol cannot carry: a subject that is not
// concrete, a header name or value with a line break, a message too large.
absl::Status CheckMessage(const Message& message);

// What headers and payload weigh on the wire.
size_t WireBytes(const Message& message);

}  // namespace eventreactor::bus
