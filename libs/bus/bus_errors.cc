#include "libs/bus/bus_errors.h"

#include "libs/bus/subjects.h"
#include "libs/status/status.h"

namespace eventreactor::bus {
namespace {

// A name as RFC 7230 has it, without the characters nobody uses.
bool IsHeaderName(const std::string& name) {
  if (name.empty()) return false;
  for (const char c : name) {
    if (c <= ' ' || c > '~' || c == ':') return false;
  }
  return true;
}

// Line breaks would end the header and begin another.
bool IsHeaderValue(const std::string& value) {
  return value.find_first_of(std::string("\r\n\0", 3)) == std::string::npos;
}

}  // namespace

absl::Status BusDown(const std::string& message) {
  return MakeStatus(absl::StatusCode::kUnavailable, "BUS_DOWN", message);
}

absl::Status BusFull(const std::string& stream, const std::string& message) {
  return MakeStatus(absl::StatusCode::kResourceExhausted, "BUS_FULL",
                    "stream " + stream + " refuses more: " + message);
}

absl::Status BusBusy() {
  return MakeStatus(absl::StatusCode::kResourceExhausted, "BUS_BUSY",
                    std::to_string(kMaxInFlight) + " publishes are under way; try again");
}

absl::Status MessageTooLarge(const std::string& what, size_t bytes, int64_t max_bytes) {
  return MakeStatus(
      absl::StatusCode::kInvalidArgument, "MESSAGE_TOO_LARGE",
      what + ": " + std::to_string(bytes) + " bytes, the bus takes " + std::to_string(max_bytes));
}

absl::Status MessageNotFound(const std::string& stream, const std::string& subject) {
  return MakeStatus(absl::StatusCode::kNotFound, "MESSAGE_NOT_FOUND",
                    "stream " + stream + " has no message of " + subject);
}

absl::Status CheckMessage(const Message& message) {
  if (!IsConcreteSubject(message.subject)) {
    return InvalidField("subject", "'" + message.subject + "' is not a subject to publish to",
                        "INVALID_SUBJECT");
  }
  for (const auto& [name, value] : message.headers) {
    if (!IsHeaderName(name)) {
      return InvalidField("headers", "'" + name + "' is no header name", "INVALID_HEADER");
    }
    if (!IsHeaderValue(value)) {
      return InvalidField("headers", name + " has a line break in its value", "INVALID_HEADER");
    }
  }
  if (!IsHeaderValue(message.id)) {
    return InvalidField("id", "has a line break", "INVALID_HEADER");
  }
  const size_t bytes = WireBytes(message);
  if (bytes > size_t{kMaxMessageBytes}) {
    return MessageTooLarge("the message with its headers", bytes, kMaxMessageBytes);
  }
  const bool dead = message.subject.rfind("er.dead.", 0) == 0;
  const size_t max_headers = dead ? kMaxDeadHeaderBytes : kMaxHeaderBytes;
  if (const size_t headers = bytes - message.payload.size(); headers > max_headers) {
    return MessageTooLarge("the attributes as headers", headers, static_cast<int64_t>(max_headers));
  }
  return absl::OkStatus();
}

size_t WireBytes(const Message& message) {
  // "NATS/1.0\r\n" and the empty line; ": " and "\r\n" of each header.
  size_t bytes = message.payload.size() + 12;
  for (const auto& [name, value] : message.headers) bytes += name.size() + value.size() + 4;
  if (!message.id.empty()) bytes += message.id.size() + 15;
  return bytes;
}

}  // namespace eventreactor::bus
