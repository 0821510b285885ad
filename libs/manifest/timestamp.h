// google.protobuf.Timestamp as RFC 3339.
#pragma once

#include <google/protobuf/timestamp.pb.h>

#include <optional>
#include <string>

namespace eventreactor::manifest {

// In UTC; seconds, and 3, 6 or 9 digits below where they are not zero.
std::string FormatTimestamp(const google::protobuf::Timestamp& timestamp);

// RFC 3339 with any offset and up to nanoseconds, years 0001 to 9999.
std::optional<google::protobuf::Timestamp> ParseTimestamp(const std::string& text);

}  // namespace eventreactor::manifest
