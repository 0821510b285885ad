// Message headers, as the HTTP and NATS bindings share them: in order, names
// as sent, a name possibly more than once.
#pragma once

#include <string>
#include <utility>
#include <vector>

namespace eventreactor::cloudevents {

using Headers = std::vector<std::pair<std::string, std::string>>;

}  // namespace eventreactor::cloudevents
