// The formats that the specification borrows for attribute values: RFC 3986
// for source and dataschema, RFC 3339 for time. Pure.
#pragma once

#include <string_view>

namespace eventreactor::cloudevents {

// A URI or a relative reference, by the characters and the structure of
// RFC 3986; the inside of a host is not looked at.
bool IsUriReference(std::string_view value);

// A URI reference that begins with a scheme.
bool IsAbsoluteUri(std::string_view value);

// RFC 3339 date-time with an offset or Z; the day must exist, and a leap
// second may.
bool IsTimestamp(std::string_view value);

}  // namespace eventreactor::cloudevents
