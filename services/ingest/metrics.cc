#include "services/ingest/metrics.h"

namespace eventreactor::ingest {
namespace {

const char* Label(Protocol protocol) { return protocol == Protocol::kHttp ? "http" : "grpc"; }

prometheus::Family<prometheus::Counter>& CounterFamily(prometheus::Registry& registry,
                                                       const char* name, const char* help) {
  return prometheus::BuildCounter().Name(name).Help(help).Register(registry);
}

prometheus::Counter& ByProtocol(prometheus::Registry& registry, Protocol protocol, const char* name,
                                const char* help) {
  return CounterFamily(registry, name, help).Add({{"protocol", Label(protocol)}});
}

prometheus::Histogram& Seconds(prometheus::Registry& registry, Protocol protocol) {
  static const prometheus::Histogram::BucketBoundaries kBuckets = {
      0.0005, 0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.5, 1, 5};
  return prometheus::BuildHistogram()
      .Name("eventreactor_ingest_accept_seconds")
      .Help("From an event's decoding to the bus' answer that it is stored")
      .Register(registry)
      .Add({{"protocol", Label(protocol)}}, kBuckets);
}

}  // namespace

Metrics::Accept::Accept(prometheus::Registry& registry, Protocol protocol)
    : accepted(ByProtocol(registry, protocol, "eventreactor_ingest_events_accepted_total",
                          "Events that the bus has stored, duplicates included")),
      duplicates(ByProtocol(registry, protocol, "eventreactor_ingest_events_duplicate_total",
                            "Accepted events that the bus had stored before")),
      seconds(Seconds(registry, protocol)) {}

Metrics::Metrics(prometheus::Registry& registry)
    : http_(registry, Protocol::kHttp),
      grpc_(registry, Protocol::kGrpc),
      refused_(CounterFamily(registry, "eventreactor_ingest_events_refused_total",
                             "Publish requests that were refused, by reason")),
      http_responses_(CounterFamily(registry, "eventreactor_ingest_http_responses_total",
                                    "HTTP responses, by status")),
      http_connections_(prometheus::BuildGauge()
                            .Name("eventreactor_ingest_http_connections")
                            .Help("Open HTTP connections")
                            .Register(registry)
                            .Add({})) {}

void Metrics::Accepted(Protocol protocol, bool duplicate, absl::Duration took) {
  Accept& accept = protocol == Protocol::kHttp ? http_ : grpc_;
  accept.accepted.Increment();
  if (duplicate) accept.duplicates.Increment();
  accept.seconds.Observe(absl::ToDoubleSeconds(took));
}

void Metrics::Refused(Protocol protocol, const std::string& reason) {
  refused_.Add({{"protocol", Label(protocol)}, {"reason", reason}}).Increment();
}

void Metrics::HttpResponse(int status) {
  http_responses_.Add({{"code", std::to_string(status)}}).Increment();
}

}  // namespace eventreactor::ingest
