// The HTTP protocol binding 1.0.2: binary mode, and structured and batched mode in
// JSON and protobuf. Pure; which request it was, and how the body came, is not its business.
#pragma once

#include <cstddef>
#include <string>

#include "absl/status/statusor.h"
#include "libs/cloudevents/batch.h"
#include "libs/cloudevents/cloudevent.h"
#include "libs/cloudevents/headers.h"

namespace eventreactor::cloudevents {

// The reason of a refusal that is HTTP's 415: an event format other than JSON
// and protobuf, a charset other than UTF-8, a content-encoding.
inline constexpr char kUnsupportedContentType[] = "UNSUPPORTED_CONTENT_TYPE";

// The content types of events, as a list for people and for `Accept`.
inline constexpr char kEventContentTypes[] =
    "application/cloudevents+json, application/cloudevents-batch+json, "
    "application/cloudevents+protobuf, application/cloudevents-batch+protobuf";

// How a request carries events.
enum class ContentMode { kBinary, kJson, kJsonBatch, kProtobuf, kProtobufBatch };

inline bool IsBatch(ContentMode mode) {
  return mode == ContentMode::kJsonBatch || mode == ContentMode::kProtobufBatch;
}

// What the headers say. INVALID_ARGUMENT, with the reason above where the
// content type or the encoding is at fault.
absl::StatusOr<ContentMode> ModeOf(const Headers& headers);

// The event that a request carries, its values not yet validated.
// INVALID_ARGUMENT naming the attribute; a batch is kUnsupportedContentType.
absl::StatusOr<CloudEvent> FromHttp(const Headers& headers, std::string body);

// The events of a body in one of the batched modes.
absl::StatusOr<Batch> BatchFromHttp(ContentMode mode, const std::string& body, size_t max_events);

// Binary mode alone: `ce-` headers in any case, `content-type` as
// datacontenttype. Values are unquoted and percent-decoded once (3.1.3.2). An
// empty body is no data.
absl::StatusOr<CloudEvent> FromBinary(const Headers& headers, std::string body);

}  // namespace eventreactor::cloudevents
