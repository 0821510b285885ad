// What cannot be dispatched, kept in ER_DEAD with the reason: the original
// headers and payload, and er-dead-reason, er-dead-message, er-dead-attempts,
// er-dead-pipelines. Thread-safe.
#pragma once

#include <string>
#include <vector>

#include "absl/status/status.h"
#include "libs/bus/bus.h"

namespace eventreactor::dispatcher {

// One line of UTF-8 of at most 1 KiB: what a header's value or a log can hold
// of text from elsewhere.
std::string OneLine(const std::string& text);

inline constexpr char kDeadReason[] = "er-dead-reason";
inline constexpr char kDeadMessage[] = "er-dead-message";
inline constexpr char kDeadAttempts[] = "er-dead-attempts";
// Divided by commas.
inline constexpr char kDeadPipelines[] = "er-dead-pipelines";

class DeadLetters {
 public:
  explicit DeadLetters(bus::Bus& bus) : bus_(bus) {}

  // Stores the message and waits for it. Repeatable within the bus's
  // duplicate window. The delivery itself is left to the caller. `pipelines`:
  // those whose Actions were refused, where all else of it was dispatched; more
  // than the letter has room for are left out, as if it were all.
  absl::Status Bury(const bus::Delivery& delivery, const std::string& reason,
                    const std::string& message, const std::vector<std::string>& pipelines = {});

 private:
  bus::Bus& bus_;
};

}  // namespace eventreactor::dispatcher
