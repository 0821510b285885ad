// The HTTP protocol binding 1.0.2: binary mode, and structured mode in JSON.
// Pure; which request it was, and how the body came, is not its business.
#pragma once

#include <string>

#include "absl/status/statusor.h"
#include "libs/cloudevents/cloudevent.h"
#include "libs/cloudevents/headers.h"

namespace eventreactor::cloudevents {

// The reason of a refusal that is HTTP's 415: a batch, an event format other
// than JSON, a charset other than UTF-8, a content-encoding.
inline constexpr char kUnsupportedContentType[] = "UNSUPPORTED_CONTENT_TYPE";

// The event that a request carries, its values not yet validated.
// INVALID_ARGUMENT naming the attribute, with the reason above where the
// content type is at fault.
absl::StatusOr<CloudEvent> FromHttp(const Headers& headers, std::string body);

// Binary mode alone: `ce-` headers in any case, `content-type` as
// datacontenttype. Values are unquoted and percent-decoded once (3.1.3.2). An
// empty body is no data.
absl::StatusOr<CloudEvent> FromBinary(const Headers& headers, std::string body);

}  // namespace eventreactor::cloudevents
