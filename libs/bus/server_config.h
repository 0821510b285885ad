// The configuration of a nats-server of our own, as `reactorctl up` and the
// tests run it. Pure.
#pragma once

#include <cstdint>
#include <string>

namespace eventreactor::bus {

struct NatsServerOptions {
  std::string host = "127.0.0.1";
  // -1: the kernel chooses.
  int port = -1;
  // Monitoring over HTTP: 0 none, -1 the kernel chooses.
  int http_port = 0;
  // Where JetStream keeps its files.
  std::string store_dir;
  // The most that streams may take on disk; 0: what the server deems right,
  // which is three quarters of what is free when it starts. Streams that were
  // made when more was free it then refuses to take up again.
  int64_t max_file_bytes = 0;
  // The services' user, with all rights. The password must not be empty and
  // must not begin with "$2a$", which the server would take for a hash.
  std::string user = "services";
  std::string password;
};

// Everybody without credentials is `tap`: may listen to er.feed.> and to
// answers of its own, and may send nothing, so cannot use JetStream either.
std::string NatsServerConfig(const NatsServerOptions& options);

}  // namespace eventreactor::bus
