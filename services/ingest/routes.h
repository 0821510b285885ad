// Which request means what. Pure.
#pragma once

#include <string>

#include "absl/status/statusor.h"

namespace eventreactor::ingest {

struct Route {
  enum class Kind {
    kPublish,  // POST / and /api/v1alpha1/events and .../namespaces/NS/events
    kHealth,   // GET or HEAD /healthz: the process answers
    kReady,    // GET or HEAD /readyz: it can accept events
    kOptions,  // OPTIONS of any of these, and of *: what they take
  };
  Kind kind = Kind::kPublish;
  // kPublish: the namespace in the path, unchecked; empty: the default.
  std::string ns;
};

// NOT_FOUND (NO_SUCH_PATH), or UNIMPLEMENTED (METHOD_NOT_ALLOWED).
absl::StatusOr<Route> FindRoute(const std::string& method, const std::string& target);

// The methods that a path takes, as `Allow` lists them; "" where there is no
// such path.
std::string AllowedMethods(const std::string& target);

}  // namespace eventreactor::ingest
