// A JSON object taken apart one level deep, with the place of each value in
// the text: what a parser into a tree would forget. Pure.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/statusor.h"

namespace eventreactor::cloudevents {

struct JsonMember {
  enum class Kind { kNull, kBoolean, kInteger, kFloat, kString, kComposite };

  std::string name;
  Kind kind = Kind::kNull;
  // kString: the content. kBoolean and kInteger: true, false, or the decimal.
  std::string value;
  // The value as it stands in the text, without blanks around it.
  std::string_view raw;
};

// The members of the object that `text` is, in order. INVALID_ARGUMENT (field
// "body") for what is not one JSON object in UTF-8, nests deeper than
// `max_depth`, or has a member twice. The result points into `text`.
absl::StatusOr<std::vector<JsonMember>> ParseJsonObject(const std::string& text, int max_depth);

// The elements of the array that `text` is, in order, as they stand there.
// INVALID_ARGUMENT (field "body") for what is not one JSON array in UTF-8, or
// nests deeper than `max_depth`; OUT_OF_RANGE (BATCH_TOO_LARGE) for more than
// `max_elements`. The result points into `text`.
absl::StatusOr<std::vector<std::string_view>> ParseJsonArray(const std::string& text, int max_depth,
                                                             size_t max_elements);

}  // namespace eventreactor::cloudevents
