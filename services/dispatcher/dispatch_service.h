// DispatchService over gRPC.
#pragma once

#include "eventreactor/v1/dispatch_service.grpc.pb.h"
#include "libs/service/call_frame.h"
#include "services/dispatcher/explain.h"
#include "services/dispatcher/letter_box.h"
#include "services/dispatcher/run_requests.h"

namespace eventreactor::dispatcher {

class DispatchServiceImpl : public v1::DispatchService::Service {
 public:
  // All outlive it.
  DispatchServiceImpl(service::CallFrame& frame, Explainer& explainer, RunRequests& runs,
                      LetterBox& letters)
      : frame_(frame), explainer_(explainer), runs_(runs), letters_(letters) {}

  grpc::Status Explain(grpc::ServerContext* context, const v1::ExplainRequest* request,
                       v1::ExplainResponse* response) override {
    return frame_.Run(*context, "DispatchService/Explain",
                      [&] { return explainer_.Explain(*request, *response); });
  }

  grpc::Status Run(grpc::ServerContext* context, const v1::RunRequest* request,
                   v1::RunResponse* response) override {
    return frame_.Run(*context, "DispatchService/Run",
                      [&] { return runs_.Run(*request, *response); });
  }

  grpc::Status Replay(grpc::ServerContext* context, const v1::ReplayRequest* request,
                      v1::ReplayResponse* response) override {
    return frame_.Run(*context, "DispatchService/Replay",
                      [&] { return runs_.Replay(*request, *response); });
  }

  grpc::Status ListDeadLetters(grpc::ServerContext* context,
                               const v1::ListDeadLettersRequest* request,
                               v1::ListDeadLettersResponse* response) override {
    return frame_.Run(*context, "DispatchService/ListDeadLetters",
                      [&] { return letters_.List(*request, *response); });
  }

  grpc::Status GetDeadLetter(grpc::ServerContext* context, const v1::GetDeadLetterRequest* request,
                             v1::GetDeadLetterResponse* response) override {
    return frame_.Run(*context, "DispatchService/GetDeadLetter",
                      [&] { return letters_.Get(*request, *response); });
  }

  grpc::Status ReplayDeadLetters(grpc::ServerContext* context,
                                 const v1::ReplayDeadLettersRequest* request,
                                 v1::ReplayDeadLettersResponse* response) override {
    return frame_.Run(*context, "DispatchService/ReplayDeadLetters",
                      [&] { return letters_.Replay(request->selection(), *response); });
  }

  grpc::Status PurgeDeadLetters(grpc::ServerContext* context,
                                const v1::PurgeDeadLettersRequest* request,
                                v1::PurgeDeadLettersResponse* response) override {
    return frame_.Run(*context, "DispatchService/PurgeDeadLetters",
                      [&] { return letters_.Purge(request->selection(), *response); });
  }

 private:
  service::CallFrame& frame_;
  Explainer& explainer_;
  RunRequests& runs_;
  LetterBox& letters_;
};

}  // namespace eventreactor::dispatcher
