// How the ends of several logs share a bounded room. Pure.
#pragma once

#include <cstddef>
#include <string>
#include <vector>

namespace eventreactor {

// Cuts each log at its front so that all together hold at most `budget`
// bytes: short ones stay whole and leave their room to the others. Bytes that
// are no UTF-8 become U+FFFD, as protobuf strings hold nothing else; a
// character is kept whole or dropped.
std::vector<std::string> FitTails(const std::vector<std::string>& logs, size_t budget);

}  // namespace eventreactor
