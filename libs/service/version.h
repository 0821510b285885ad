// Which release this is.
#pragma once

#include <string>

namespace eventreactor::service {

// MAJOR.MINOR.PATCH of the whole project.
std::string Version();

}  // namespace eventreactor::service
