// The HTTP interface: CloudEvents by POST, and whether ingest is well.
#pragma once

#include <functional>
#include <string>

#include "absl/status/status.h"
#include "services/ingest/acceptor.h"
#include "services/ingest/http_message.h"
#include "services/ingest/metrics.h"

namespace eventreactor::ingest {

// The most that an HTTP body may have for this much data: base64 in a
// structured event takes 4/3 of it, escaped text up to twice as much mostly.
constexpr size_t MaxBodyBytes(size_t max_data) { return 2 * max_data + (size_t{64} << 10); }

// Thread-safe. 202 with {"namespace", "name", "duplicate"} once the bus has
// stored the event; else a problem (problem.h). Batches: batch_answer.h.
class EventHandler : public HttpHandler {
 public:
  struct Options {
    // Bearer token that publishers must send; empty: everyone may publish.
    std::string token;
    size_t max_data = size_t{1} << 20;
    // Of a batch: its events, and the bytes of its body.
    size_t max_batch_events = 1000;
    size_t max_batch_bytes = size_t{8} << 20;
    // What /readyz says.
    std::function<absl::Status()> readiness;
  };

  EventHandler(Options options, Acceptor& acceptor, Metrics& metrics);

  HttpAdmission Admit(const HttpHead& head) override;
  void Handle(const HttpHead& head, std::string body, HttpResponder respond) override;
  HttpResponse Refuse(const absl::Status& status) override;
  void Responded(int status) override;

 private:
  absl::Status Authenticate(const HttpHead& head) const;

  const Options options_;
  Acceptor& acceptor_;
  Metrics& metrics_;
};

}  // namespace eventreactor::ingest
