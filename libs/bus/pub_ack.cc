#include "libs/bus/pub_ack.h"

#include <nlohmann/json.hpp>

#include "libs/bus/bus_errors.h"
#include "libs/status/status.h"

namespace eventreactor::bus {
namespace {

// Codes of the server, see its errors.json.
constexpr int kInsufficientResources = 10023;
constexpr int kMemoryExceeded = 10028;
constexpr int kStorageExceeded = 10047;
constexpr int kMessageTooLarge = 10054;
constexpr int kHeadersTooLarge = 10097;
constexpr int kAccountLimitExceeded = 10002;

bool Contains(const std::string& text, const char* part) {
  return text.find(part) != std::string::npos;
}

bool SaysFull(int err_code, const std::string& description) {
  return err_code == kInsufficientResources || err_code == kMemoryExceeded ||
         err_code == kStorageExceeded || err_code == kAccountLimitExceeded ||
         Contains(description, "maximum bytes exceeded") ||
         Contains(description, "maximum messages exceeded") ||
         Contains(description, "insufficient resources") || Contains(description, "no space left");
}

}  // namespace

absl::Status PublishError(const std::string& stream, int err_code, const std::string& description) {
  if (SaysFull(err_code, description)) return BusFull(stream, description);
  if (err_code == kMessageTooLarge || err_code == kHeadersTooLarge) {
    return MakeStatus(absl::StatusCode::kInvalidArgument, "MESSAGE_TOO_LARGE",
                      "stream " + stream + ": " + description);
  }
  return MakeStatus(
      absl::StatusCode::kUnavailable, "BUS_REFUSED",
      "the bus did not store the message: " + description + " (" + std::to_string(err_code) + ")");
}

absl::StatusOr<PublishAck> ParsePubAck(const std::string& json) {
  const nlohmann::json parsed = nlohmann::json::parse(json, nullptr, /*allow_exceptions=*/false);
  try {
    const std::string stream = parsed.value("stream", "");
    if (parsed.contains("error")) {
      const nlohmann::json& error = parsed.at("error");
      return PublishError(stream, error.value("err_code", 0), error.value("description", ""));
    }
    if (const uint64_t sequence = parsed.value("seq", uint64_t{0}); sequence != 0) {
      return PublishAck{stream, sequence, parsed.value("duplicate", false)};
    }
  } catch (const nlohmann::json::exception&) {
    // Not an ack: said below.
  }
  return MakeStatus(absl::StatusCode::kUnavailable, "BUS_REFUSED",
                    "the answer to a publish is none: " + json.substr(0, 200));
}

}  // namespace eventreactor::bus
