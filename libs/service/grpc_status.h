// Our errors to and from gRPC: the code, the message, and reason and field in
// a google.rpc.ErrorInfo in the trailer.
#pragma once

#include <grpcpp/support/status.h>

#include "absl/status/status.h"

namespace eventreactor::service {

grpc::Status ToGrpc(const absl::Status& status);
absl::Status FromGrpc(const grpc::Status& status);

}  // namespace eventreactor::service
