// A CloudEvent 1.0 as a value, and the rules of the specification about it.
// Pure; https://github.com/cloudevents/spec/blob/v1.0.2/cloudevents/spec.md
#pragma once

#include <map>
#include <optional>
#include <string>

#include "absl/status/status.h"

namespace eventreactor::cloudevents {

struct CloudEvent {
  std::string id;
  std::string source;
  std::string type;
  // Optional attributes: empty means absent, as the specification forbids
  // empty values.
  std::string datacontenttype;
  std::string dataschema;
  std::string subject;
  std::string time;
  // In their canonical string form; names are 1 to 64 lower-case letters and
  // digits.
  std::map<std::string, std::string> extensions;
  // Byte for byte what the sender sent; absent is not the same as empty.
  std::optional<std::string> data;

  friend bool operator==(const CloudEvent&, const CloudEvent&) = default;
};

// What is accepted. Bounds in bytes (max_attribute: of each value); beyond them INVALID_ARGUMENT
// naming the attribute.
struct Limits {
  size_t max_data = size_t{1} << 20;
  size_t max_attribute = 4096;
  size_t max_extensions = 64;
};

// The specification's rules: required attributes, attribute names, RFC 3339
// time, URI-reference source, absolute URI dataschema, no control
// characters, valid UTF-8. INVALID_ARGUMENT with the attribute as field;
// data too large is OUT_OF_RANGE (DATA_TOO_LARGE).
absl::Status Validate(const CloudEvent& event, const Limits& limits);

}  // namespace eventreactor::cloudevents
