// The gRPC interface: IngestService.
#pragma once

#include <grpcpp/impl/service_type.h>

#include <memory>

#include "libs/service/call_frame.h"
#include "services/ingest/acceptor.h"
#include "services/ingest/metrics.h"

namespace eventreactor::ingest {

// Both arguments are not owned, and outlive the service.
std::unique_ptr<grpc::Service> MakeIngestService(service::CallFrame& frame, Acceptor& acceptor,
                                                 Metrics& metrics);

}  // namespace eventreactor::ingest
