#include "libs/bus/bus_options.h"

#include "libs/bus/link.h"
#include "libs/bus/password.h"
#include "libs/status/status.h"

namespace eventreactor::bus {

void DeclareBusOptions(CLI::App& app, ConnectOptions& options) {
  app.add_option("--nats-url", options.url,
                 "Where the bus is: nats://HOST:PORT, several divided by commas")
      ->capture_default_str();
  app.add_option("--nats-user", options.user, "User on the bus; empty: none");
  app.add_option("--nats-password-file", options.password_file,
                 "File with the user's password in its first line; read at each connect");
}

absl::Status ValidateBusOptions(const ConnectOptions& options) {
  if (absl::Status checked = CheckUrl(options.url); !checked.ok()) return checked;
  if (!options.password_file.empty() && options.user.empty()) {
    return InvalidField("nats-password-file", "a password needs --nats-user");
  }
  for (const auto& [flag, value] :
       {std::pair("nats-user", options.user), std::pair("client-name", options.client_name)}) {
    if (!CanConnectWith(value)) {
      return InvalidField(flag, "quotes, backslashes and control characters cannot be sent");
    }
  }
  return ReadPassword(options.password_file).status();
}

}  // namespace eventreactor::bus
