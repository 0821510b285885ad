// The flags by which every service finds the bus.
#pragma once

#include <CLI/CLI.hpp>

#include "absl/status/status.h"
#include "libs/bus/jetstream.h"

namespace eventreactor::bus {

// --nats-url, --nats-user, --nats-password-file.
void DeclareBusOptions(CLI::App& app, ConnectOptions& options);

// INVALID_ARGUMENT naming the flag. The password file must be readable now;
// it is read again at each new connection.
absl::Status ValidateBusOptions(const ConnectOptions& options);

}  // namespace eventreactor::bus
