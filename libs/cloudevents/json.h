// The JSON event format 1.0.2. Pure.
#pragma once

#include <string>

#include "absl/status/statusor.h"
#include "libs/cloudevents/cloudevent.h"

namespace eventreactor::cloudevents {

// How deep arrays and objects may nest, the event's own object included.
inline constexpr int kMaxJsonDepth = 128;

// The event that a JSON object describes, its values not yet validated.
//   `data`         with a JSON datacontenttype, or none: the value's bytes as
//                  they stand in `text`, and datacontenttype becomes
//                  application/json; with another one: a string, whose
//                  content is the data
//   `data_base64`  the decoded bytes
//   extensions     strings, booleans and 32-bit integers, in their canonical
//                  string form
// A null member, `data` too, counts as absent. INVALID_ARGUMENT naming the
// member, or the byte where the JSON is at fault (field "body").
absl::StatusOr<CloudEvent> FromJson(const std::string& text);

}  // namespace eventreactor::cloudevents
