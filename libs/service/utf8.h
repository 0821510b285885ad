// Text from anywhere made fit for protobuf strings and gRPC trailers.
#pragma once

#include <cstddef>
#include <string>

namespace eventreactor::service {

// `text` with each byte that is no part of valid UTF-8 as '?', cut before the
// character that would exceed `max_bytes`, with "..." within the bound where
// something was cut.
std::string ValidUtf8(const std::string& text, size_t max_bytes);

}  // namespace eventreactor::service
