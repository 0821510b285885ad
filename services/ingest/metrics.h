// What ingest counts. Thread-safe.
#pragma once

#include <prometheus/counter.h>
#include <prometheus/gauge.h>
#include <prometheus/histogram.h>
#include <prometheus/registry.h>

#include <string>

#include "absl/time/time.h"

namespace eventreactor::ingest {

// How an event came; the label `protocol`.
enum class Protocol { kHttp, kGrpc };

class Metrics {
 public:
  explicit Metrics(prometheus::Registry& registry);

  // The bus has stored the event, or had stored it before.
  void Accepted(Protocol protocol, bool duplicate, absl::Duration took);
  // `reason` is the status' own, UPPER_SNAKE_CASE: a bounded set.
  void Refused(Protocol protocol, const std::string& reason);
  void HttpResponse(int status);
  prometheus::Gauge& http_connections() { return http_connections_; }

 private:
  // What Accepted moves, for one protocol; looked up once.
  struct Accept {
    Accept(prometheus::Registry& registry, Protocol protocol);
    prometheus::Counter& accepted;
    prometheus::Counter& duplicates;
    prometheus::Histogram& seconds;
  };

  Accept http_;
  Accept grpc_;
  prometheus::Family<prometheus::Counter>& refused_;
  prometheus::Family<prometheus::Counter>& http_responses_;
  prometheus::Gauge& http_connections_;
};

}  // namespace eventreactor::ingest
