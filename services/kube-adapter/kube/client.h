// A connection to one API server: requests by the thousand over few
// connections (HTTP/2), with deadlines, retries and typed errors.
//
// There is no limit on requests per second: the server's Priority & Fairness
// knows better, and its 429 with Retry-After is heeded.
//
// Thread-safety: all methods may be called from any thread. Callbacks run on
// the client's I/O thread: they must not wait, and must not call Do.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <stop_token>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "services/kube-adapter/kube/backoff.h"
#include "services/kube-adapter/kube/config.h"
#include "services/kube-adapter/kube/request.h"

namespace eventreactor::kube {

struct ClientOptions {
  std::string user_agent = "eventreactor";
  // For a request with all its attempts.
  absl::Duration timeout = absl::Seconds(30);
  absl::Duration connect_timeout = absl::Seconds(10);
  // What was sent and not acknowledged by the peer's kernel for so long, or
  // keepalive probes unanswered: the connection is dead.
  absl::Duration dead_after = absl::Seconds(30);
  size_t max_response = size_t{64} << 20;
  // Requests under way at once; more wait in a queue, and beyond that are
  // refused: RESOURCE_EXHAUSTED (CLIENT_BUSY).
  size_t max_in_flight = 64;
  size_t max_queued = 20'000;
  // Streams have a bound of their own.
  size_t max_streams = 1024;
  // With HTTP/2, whose servers take some hundred requests on each (beside
  // those of pausable streams); and with HTTP/1.1 (an API behind an old proxy,
  // or without TLS), where each request under way needs one.
  int max_connections = 4;
  int max_http1_connections = 64;
  // Of connection loss, 429 and 503; the first try included.
  int max_attempts = 6;
  BackoffPolicy backoff{};
};

// A request under way. Copies mean the same one; it goes on without them.
class Call {
 public:
  class Control {
   public:
    virtual ~Control() = default;
    virtual void Cancel() = 0;
    virtual void Resume() = 0;
  };
  Call() = default;
  explicit Call(std::weak_ptr<Control> control) : control_(std::move(control)) {}
  // Its callback is called soon, with CANCELLED. Nothing if it has ended.
  void Cancel() const {
    if (const auto control = control_.lock()) control->Cancel();
  }
  // After StreamSink::Flow::kPause.
  void Resume() const {
    if (const auto control = control_.lock()) control->Resume();
  }

 private:
  std::weak_ptr<Control> control_;
};

// Takes the body of a streamed answer as it comes, on the I/O thread.
class StreamSink {
 public:
  enum class Flow {
    kTaken,
    // Not taken: the same bytes come again after Call::Resume. Only in a
    // stream that was opened as pausable.
    kPause,
    // Enough: the stream ends, OnEnd gets OK.
    kEnd,
  };
  virtual ~StreamSink() = default;
  virtual Flow OnData(std::string_view bytes) = 0;
  // Once, and last. OK: the server ended it, or kEnd did.
  virtual void OnEnd(const absl::Status& status) = 0;
};

struct ClientMetrics {
  uint64_t requests = 0;
  uint64_t retries = 0;
  uint64_t failures = 0;
  // Answers of 429.
  uint64_t throttled = 0;
  size_t in_flight = 0;
  size_t queued = 0;
  size_t streams = 0;
  // Connections that were opened.
  uint64_t connects = 0;
};

class Client {
 public:
  // INVALID_ARGUMENT for a config that no request could be sent with. Does
  // not connect.
  static absl::StatusOr<std::unique_ptr<Client>> Create(Config config, ClientOptions options = {});

  // What is under way ends with CANCELLED (CLIENT_CLOSED) before this returns.
  virtual ~Client() = default;
  Client() = default;
  Client(const Client&) = delete;
  Client& operator=(const Client&) = delete;

  // An answer that is not 2xx is an error (see api_error.h).
  using Callback = std::function<void(absl::StatusOr<Response>)>;
  virtual Call Send(Request request, Callback callback) = 0;

  // Sends and waits. CANCELLED once `stop` is asked for.
  absl::StatusOr<Response> Do(Request request, const std::stop_token& stop = {});
  // The same of many, all under way at once; their answers in their order.
  std::vector<absl::StatusOr<Response>> DoEach(std::vector<Request> requests,
                                               const std::stop_token& stop = {});

  // The body of a 2xx answer goes to `sink` as it comes, for as long as it
  // comes: request.timeout is for its head to come. Not sent again after a
  // failure. A pausable stream has a connection of its own (libcurl holds
  // up all streams of a connection while one of them is paused).
  virtual Call Stream(Request request, std::shared_ptr<StreamSink> sink, bool pausable) = 0;

  virtual ClientMetrics metrics() const = 0;
  // The namespace that the config names.
  virtual const std::string& default_namespace() const = 0;
};

}  // namespace eventreactor::kube
