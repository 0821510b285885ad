// Text on the wire: the percent-encoding of the HTTP and NATS bindings,
// and values quoted for error messages. Pure.
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace eventreactor::cloudevents {

// In double quotes, cut at 64 bytes, with what is not printable ASCII or
// UTF-8 as \xNN: safe in logs, headers and JSON.
std::string Quoted(std::string_view value);

// Space, double quote, percent and all outside U+0021..U+007E as %XX
// (HTTP binding 1.0.2, 3.1.3.2).
std::string PercentEncode(std::string_view value);

// One round of decoding; nothing if a % is not followed by two hex digits.
std::optional<std::string> PercentDecode(std::string_view value);

std::string AsciiLower(std::string_view value);

}  // namespace eventreactor::cloudevents
