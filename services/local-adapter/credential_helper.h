// Programs that keep logins for docker: docker-credential-NAME.
#pragma once

#include <string>

#include "absl/status/statusor.h"

namespace eventreactor::local {

// What docker-credential-`helper` of PATH prints when it is asked for the login
// of `server`, in half a minute. INVALID_ARGUMENT (INVALID_LOGIN) for names that
// are none of a helper or server; NOT_FOUND (NO_LOGIN) if it has none, or is not
// there.
absl::StatusOr<std::string> AskCredentialHelper(const std::string& helper,
                                                const std::string& server);

}  // namespace eventreactor::local
