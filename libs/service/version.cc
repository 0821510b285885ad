#include "libs/service/version.h"

namespace eventreactor::service {

std::string Version() { return ER_VERSION; }

}  // namespace eventreactor::service
