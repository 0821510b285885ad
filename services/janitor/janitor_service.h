// JanitorService over gRPC.
#pragma once

#include "eventreactor/v1/janitor_service.grpc.pb.h"
#include "libs/service/call_frame.h"
#include "services/janitor/sweep.h"

namespace eventreactor::janitor {

class JanitorServiceImpl : public v1::JanitorService::Service {
 public:
  // Both outlive it.
  JanitorServiceImpl(service::CallFrame& frame, Sweeper& sweeper)
      : frame_(frame), sweeper_(sweeper) {}

  grpc::Status Sweep(grpc::ServerContext* context, const v1::SweepRequest* request,
                     grpc::ServerWriter<v1::SweepResponse>* writer) override;

 private:
  service::CallFrame& frame_;
  Sweeper& sweeper_;
};

}  // namespace eventreactor::janitor
