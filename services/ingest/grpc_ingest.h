// The gRPC interface: IngestService.
#pragma once

#include <grpcpp/impl/service_type.h>

#include <cstddef>
#include <memory>
#include <string>

#include "libs/service/call_frame.h"
#include "services/ingest/acceptor.h"
#include "services/ingest/metrics.h"

namespace eventreactor::ingest {

// The arguments are not owned, and outlive the service.
std::unique_ptr<grpc::Service> MakeIngestService(service::CallFrame& frame, Acceptor& acceptor,
                                                 Metrics& metrics, size_t max_batch_events = 1000);

// The address within what gRPC calls a peer, such as ipv4:127.0.0.1:4711: what
// quotas count by. Another form is taken whole.
std::string AddressOf(const std::string& peer);

}  // namespace eventreactor::ingest
