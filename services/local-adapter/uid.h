// What tells an object from a later one of its name.
#pragma once

#include <string>

namespace eventreactor::local {

// A random UUID (RFC 9562, version 4).
std::string NewUid();

}  // namespace eventreactor::local
