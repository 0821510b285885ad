// HTTP over a unix socket, with bounds and deadlines, by libcurl.
#pragma once

#include <functional>
#include <memory>
#include <mutex>
#include <stop_token>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"

namespace eventreactor::local {

struct EngineRequest {
  std::string method{};
  // Path and query, encoded.
  std::string target{};
  std::string body{};
  // Of the body; empty: there is none.
  std::string content_type{};
  // Value of X-Registry-Auth; empty: not sent.
  std::string registry_auth{};
  // For the whole exchange; infinite: as long as it takes.
  absl::Duration timeout = absl::Seconds(30);
};

struct EngineResponse {
  int status = 0;
  std::string body;
  // A streamed call was ended by its sink or tick.
  bool ended_early = false;
};

// Thread-safe. Connections are kept for later calls.
class EngineHttp {
 public:
  struct Options {
    // The socket's path.
    std::string socket;
    // A longer answer is RESOURCE_EXHAUSTED (ENGINE_ANSWER_TOO_LARGE).
    size_t max_body = size_t{64} << 20;
    absl::Duration connect_timeout = absl::Seconds(5);
  };
  explicit EngineHttp(Options options);
  ~EngineHttp();
  EngineHttp(const EngineHttp&) = delete;
  EngineHttp& operator=(const EngineHttp&) = delete;

  // Any answer, whatever its status code. UNAVAILABLE (ENGINE_UNAVAILABLE)
  // where there is none; CANCELLED once `abandoned` was asked to stop.
  absl::StatusOr<EngineResponse> Call(const EngineRequest& request,
                                      const std::stop_token& abandoned);

  // The same, but the body of a 2xx answer goes to `sink` piece by piece;
  // `tick` is called some twenty times a second. The call ends when either
  // returns false.
  using Sink = std::function<bool(const char* data, size_t size)>;
  using Tick = std::function<bool()>;
  absl::StatusOr<EngineResponse> Stream(const EngineRequest& request,
                                        const std::stop_token& abandoned, const Sink& sink,
                                        const Tick& tick);

 private:
  class Line;
  struct Exchange;
  absl::StatusOr<EngineResponse> Perform(const EngineRequest& request,
                                         const std::stop_token& abandoned, Exchange& exchange);
  std::unique_ptr<Line> Take();
  void GiveBack(std::unique_ptr<Line> line);
  absl::Status Unavailable(const std::string& why) const;

  const Options options_;
  std::mutex mutex_;
  std::vector<std::unique_ptr<Line>> idle_;
};

}  // namespace eventreactor::local
