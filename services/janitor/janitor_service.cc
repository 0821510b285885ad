#include "services/janitor/janitor_service.h"

#include <glog/logging.h>

#include "libs/service/server.h"
#include "services/janitor/report.h"

namespace eventreactor::janitor {

grpc::Status JanitorServiceImpl::Sweep(grpc::ServerContext* context,
                                       const v1::SweepRequest* request,
                                       grpc::ServerWriter<v1::SweepResponse>* writer) {
  return frame_.Run(*context, "eventreactor.v1.JanitorService/Sweep", [&]() -> absl::Status {
    Sweeper::Call call;
    call.dry_run = request->dry_run();
    call.tell = [&](const v1::Removal& removal) {
      v1::SweepResponse response;
      *response.mutable_removal() = removal;
      return writer->Write(response);
    };
    call.stop = [&] { return context->IsCancelled() || service::Stopping(); };
    v1::SweepResponse last;
    absl::Status status = sweeper_.Sweep(call, *last.mutable_summary());
    if (!status.ok()) return status;
    if (!request->dry_run()) LOG(INFO) << "asked to sweep: " << InWords(last.summary());
    writer->Write(last);
    return absl::OkStatus();
  });
}

}  // namespace eventreactor::janitor
