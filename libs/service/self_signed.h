// For tests of what speaks TLS.
#pragma once

#include <string>

namespace eventreactor::service {

// In PEM.
struct SelfSignedPem {
  std::string key;
  std::string certificate;
};

// A certificate for 127.0.0.1 that signed itself, and its key; each time another.
SelfSignedPem SelfSigned();

}  // namespace eventreactor::service
