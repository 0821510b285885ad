#include "services/ingest/grpc_ingest.h"

#include <future>
#include <string>
#include <utility>

#include "eventreactor/v1/ingest_service.grpc.pb.h"
#include "libs/cloudevents/batch.h"
#include "libs/cloudevents/proto.h"
#include "libs/status/status.h"
#include "libs/text/utf8.h"
#include "services/ingest/quotas.h"

namespace eventreactor::ingest {
namespace {

constexpr char kEventField[] = "event";
// Of one refusal's words; they may quote, and there may be many.
constexpr size_t kMaxMessage = 1024;

// An attribute's path begins with the request's field; the namespace's not.
absl::Status InRequest(const absl::Status& status) {
  return Field(status) == "namespace" ? status : InField(kEventField, status);
}

// Beyond a quota, the trailer says when to come back.
absl::Status Told(grpc::ServerContext& context, const absl::Status& status) {
  if (const auto wait = RetryAfter(status)) {
    context.AddTrailingMetadata("retry-after", std::to_string(absl::ToInt64Seconds(*wait)));
  }
  return status;
}

v1::PublishResult RefusalOrReceipt(size_t index, const absl::StatusOr<Receipt>& receipt) {
  v1::PublishResult result;
  if (receipt.ok()) {
    result.mutable_accepted()->set_name(receipt->name);
    result.mutable_accepted()->set_duplicate(receipt->duplicate);
    return result;
  }
  const absl::Status status = InField("events[" + std::to_string(index) + "]", receipt.status());
  v1::PublishRefusal& refused = *result.mutable_refused();
  refused.set_code(static_cast<int>(status.code()));
  refused.set_reason(Reason(status));
  refused.set_field(Field(status));
  // Messages may quote what somebody sent.
  refused.set_message(ValidUtf8(Message(status), kMaxMessage));
  return result;
}

class IngestService final : public v1::IngestService::Service {
 public:
  IngestService(service::CallFrame& frame, Acceptor& acceptor, Metrics& metrics,
                size_t max_batch_events)
      : frame_(frame),
        acceptor_(acceptor),
        metrics_(metrics),
        max_batch_events_(max_batch_events) {}

  grpc::Status Publish(grpc::ServerContext* context, const v1::PublishRequest* request,
                       v1::PublishResponse* response) override {
    return frame_.Run(*context, "eventreactor.v1.IngestService/Publish",
                      [&] { return Publish(*context, *request, *response); });
  }

  grpc::Status PublishBatch(grpc::ServerContext* context, const v1::PublishBatchRequest* request,
                            v1::PublishBatchResponse* response) override {
    return frame_.Run(*context, "eventreactor.v1.IngestService/PublishBatch",
                      [&] { return PublishBatch(*context, *request, *response); });
  }

 private:
  absl::Status Publish(grpc::ServerContext& context, const v1::PublishRequest& request,
                       v1::PublishResponse& response) {
    const auto event = cloudevents::FromProto(request.event());
    if (!event.ok()) {
      metrics_.Refused(Protocol::kGrpc, Reason(event.status()));
      return InRequest(event.status());
    }
    // Bounded: the bus answers within the acceptor's timeout.
    std::promise<absl::StatusOr<Receipt>> answer;
    acceptor_.Accept(
        {Protocol::kGrpc, AddressOf(context.peer())}, request.namespace_(), *event,
        [&answer](absl::StatusOr<Receipt> receipt) { answer.set_value(std::move(receipt)); });
    const absl::StatusOr<Receipt> receipt = answer.get_future().get();
    if (!receipt.ok()) return Told(context, InRequest(receipt.status()));
    response.set_namespace_(receipt->ns);
    response.set_name(receipt->name);
    response.set_duplicate(receipt->duplicate);
    return absl::OkStatus();
  }

  absl::Status PublishBatch(grpc::ServerContext& context, const v1::PublishBatchRequest& request,
                            v1::PublishBatchResponse& response) {
    if (static_cast<size_t>(request.events_size()) > max_batch_events_) {
      absl::Status status =
          MakeStatus(absl::StatusCode::kOutOfRange, cloudevents::kBatchTooLarge,
                     "events: the batch has more than the " + std::to_string(max_batch_events_) +
                         " events allowed; send them in several",
                     "events");
      metrics_.Refused(Protocol::kGrpc, Reason(status));
      return status;
    }
    std::promise<absl::StatusOr<BatchReceipt>> answer;
    acceptor_.AcceptBatch(
        {Protocol::kGrpc, AddressOf(context.peer())}, request.namespace_(),
        cloudevents::BatchFromProto(request.events()),
        [&answer](absl::StatusOr<BatchReceipt> batch) { answer.set_value(std::move(batch)); });
    const absl::StatusOr<BatchReceipt> batch = answer.get_future().get();
    if (!batch.ok()) return Told(context, batch.status());
    response.set_namespace_(batch->ns);
    for (size_t index = 0; index < batch->results.size(); ++index) {
      *response.add_results() = RefusalOrReceipt(index, batch->results[index]);
    }
    return absl::OkStatus();
  }

  service::CallFrame& frame_;
  Acceptor& acceptor_;
  Metrics& metrics_;
  const size_t max_batch_events_;
};

}  // namespace

std::unique_ptr<grpc::Service> MakeIngestService(service::CallFrame& frame, Acceptor& acceptor,
                                                 Metrics& metrics, size_t max_batch_events) {
  return std::make_unique<IngestService>(frame, acceptor, metrics, max_batch_events);
}

std::string AddressOf(const std::string& peer) {
  const size_t begin = peer.find(':');
  const size_t end = peer.rfind(':');
  if (!peer.starts_with("ipv4:") && !peer.starts_with("ipv6:")) return peer;
  std::string address = peer.substr(begin + 1, end > begin ? end - begin - 1 : std::string::npos);
  // As HTTP has it: without brackets, which some versions write as %5B and %5D.
  for (const char* mark : {"[", "]", "%5B", "%5D"}) {
    if (const size_t at = address.find(mark); at != std::string::npos) {
      address.erase(at, std::string(mark).size());
    }
  }
  return address;
}

}  // namespace eventreactor::ingest
