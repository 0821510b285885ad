// DocumentService, over the database.
#pragma once

#include <grpcpp/impl/service_type.h>

#include <memory>

#include "libs/service/call_frame.h"
#include "services/local-adapter/document_store.h"

namespace eventreactor::local {

// Both outlive the service.
std::unique_ptr<grpc::Service> MakeDocumentService(DocumentStore& documents,
                                                   service::CallFrame& frame);

}  // namespace eventreactor::local
