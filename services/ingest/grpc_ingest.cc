#include "services/ingest/grpc_ingest.h"

#include <future>
#include <utility>

#include "eventreactor/v1/ingest_service.grpc.pb.h"
#include "libs/cloudevents/proto.h"
#include "libs/status/status.h"

namespace eventreactor::ingest {
namespace {

constexpr char kEventField[] = "event";

// An attribute's path begins with the request's field; the namespace's not.
absl::Status InRequest(const absl::Status& status) {
  return Field(status) == "namespace" ? status : InField(kEventField, status);
}

class IngestService final : public v1::IngestService::Service {
 public:
  IngestService(service::CallFrame& frame, Acceptor& acceptor, Metrics& metrics)
      : frame_(frame), acceptor_(acceptor), metrics_(metrics) {}

  grpc::Status Publish(grpc::ServerContext* context, const v1::PublishRequest* request,
                       v1::PublishResponse* response) override {
    return frame_.Run(*context, "eventreactor.v1.IngestService/Publish",
                      [&] { return Publish(*request, *response); });
  }

 private:
  absl::Status Publish(const v1::PublishRequest& request, v1::PublishResponse& response) {
    const auto event = cloudevents::FromProto(request.event());
    if (!event.ok()) {
      metrics_.Refused(Protocol::kGrpc, Reason(event.status()));
      return InRequest(event.status());
    }
    // Bounded: the bus answers within the acceptor's timeout.
    std::promise<absl::StatusOr<Receipt>> answer;
    acceptor_.Accept(
        Protocol::kGrpc, request.namespace_(), *event,
        [&answer](absl::StatusOr<Receipt> receipt) { answer.set_value(std::move(receipt)); });
    const absl::StatusOr<Receipt> receipt = answer.get_future().get();
    if (!receipt.ok()) return InRequest(receipt.status());
    response.set_namespace_(receipt->ns);
    response.set_name(receipt->name);
    response.set_duplicate(receipt->duplicate);
    return absl::OkStatus();
  }

  service::CallFrame& frame_;
  Acceptor& acceptor_;
  Metrics& metrics_;
};

}  // namespace

std::unique_ptr<grpc::Service> MakeIngestService(service::CallFrame& frame, Acceptor& acceptor,
                                                 Metrics& metrics) {
  return std::make_unique<IngestService>(frame, acceptor, metrics);
}

}  // namespace eventreactor::ingest
