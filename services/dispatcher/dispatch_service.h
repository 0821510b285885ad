// DispatchService over gRPC.
#pragma once

#include "eventreactor/v1/dispatch_service.grpc.pb.h"
#include "libs/service/call_frame.h"
#include "services/dispatcher/explain.h"

namespace eventreactor::dispatcher {

class DispatchServiceImpl : public v1::DispatchService::Service {
 public:
  DispatchServiceImpl(service::CallFrame& frame, Explainer& explainer)
      : frame_(frame), explainer_(explainer) {}

  grpc::Status Explain(grpc::ServerContext* context, const v1::ExplainRequest* request,
                       v1::ExplainResponse* response) override {
    return frame_.Run(*context, "DispatchService/Explain",
                      [&] { return explainer_.Explain(*request, *response); });
  }

 private:
  service::CallFrame& frame_;
  Explainer& explainer_;
};

}  // namespace eventreactor::dispatcher
