// An asynchronous HTTP/1.1 server of bounded size on one I/O thread: it
// parses and writes there, and never waits for a handler.
//
// Bounds: the head of a request, its body, bodies altogether, connections,
// the time a request takes to arrive and its answer to leave, and the time a
// connection idles. At each bound the client is told (431, 413, 503), save
// where it was too slow to listen.
#pragma once

#include <cstdint>
#include <memory>
#include <string>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "services/ingest/http_message.h"

namespace prometheus {
class Gauge;
}  // namespace prometheus

namespace eventreactor::ingest {

struct HttpLimits {
  uint32_t max_head = 32 << 10;
  // Of bodies being read at once, by what they may grow to.
  size_t max_buffered = size_t{128} << 20;
  int max_connections = 1024;
  absl::Duration idle = absl::Seconds(60);
  // For a request to arrive once it has begun; and again for its answer.
  absl::Duration request = absl::Seconds(30);
};

class TlsIdentity;

class HttpServer {
 public:
  // Serves `handler` (not owned) on HOST:PORT at once, with TLS if there is an
  // identity to show. `connections` (not owned) shows how many are open. Raises
  // the process' limit of open files as far as max_connections needs;
  // FAILED_PRECONDITION if it may not.
  static absl::StatusOr<std::unique_ptr<HttpServer>> Start(
      const std::string& address, const HttpLimits& limits, HttpHandler& handler,
      prometheus::Gauge& connections, std::unique_ptr<TlsIdentity> identity = nullptr);
  // Shuts down at once, if that was not done before.
  virtual ~HttpServer() = default;

  // Listens no more, closes idle connections, finishes the requests under way
  // and closes theirs; cuts them off after `drain`. Repeatable.
  virtual void Shutdown(absl::Duration drain) = 0;

  // The port in use, where port 0 was asked for.
  virtual int port() const = 0;
};

}  // namespace eventreactor::ingest
