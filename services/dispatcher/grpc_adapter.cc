#include "services/dispatcher/grpc_adapter.h"

#include <utility>

#include "eventreactor/v1/action_service.grpc.pb.h"
#include "eventreactor/v1/event_service.grpc.pb.h"
#include "eventreactor/v1/pipeline_service.grpc.pb.h"
#include "libs/service/grpc_status.h"
#include "libs/status/status.h"

namespace eventreactor::dispatcher {
namespace {

// The most that one page has.
constexpr int kMaxListed = 500;

class GrpcWatch : public PipelineWatch {
 public:
  GrpcWatch(v1::PipelineService::Stub& stub, const service::Peer& peer,
            const std::string& resource_version) {
    service::PrepareCall(context_, peer, absl::InfiniteDuration());
    v1::PipelineServiceWatchRequest request;
    request.set_resource_version(resource_version);
    reader_ = stub.Watch(&context_, request);
  }

  bool Next(v1::PipelineServiceWatchResponse& change) override { return reader_->Read(&change); }

  absl::Status Finish() override { return service::FromGrpc(reader_->Finish()); }

  void Cancel() override { context_.TryCancel(); }

 private:
  grpc::ClientContext context_;
  std::unique_ptr<grpc::ClientReader<v1::PipelineServiceWatchResponse>> reader_;
};

class GrpcAdapter : public AdapterClient {
 public:
  GrpcAdapter(service::Peer peer, absl::Duration call_timeout)
      : peer_(std::move(peer)), call_timeout_(call_timeout) {
    const std::shared_ptr<grpc::Channel> channel = service::MakeChannel(peer_);
    actions_ = v1::ActionService::NewStub(channel);
    events_ = v1::EventService::NewStub(channel);
    pipelines_ = v1::PipelineService::NewStub(channel);
  }

  absl::StatusOr<Answers> Create(const v1::CreateBatchRequest& batch) override {
    v1::CreateBatchResponse response;
    absl::Status status = Call([&](grpc::ClientContext& context) {
      return actions_->CreateBatch(&context, batch, &response);
    });
    if (!status.ok()) return status;
    if (response.results_size() != batch.requests_size()) {
      return absl::InternalError("the adapter did not answer for each Action of a batch");
    }
    Answers answers;
    for (const v1::CreateResult& result : response.results()) answers.push_back(Answer(result));
    return answers;
  }

  absl::StatusOr<v1::Event> Record(const v1::Event& event) override {
    v1::RecordRequest request;
    *request.mutable_event() = event;
    v1::RecordResponse response;
    absl::Status status = Call([&](grpc::ClientContext& context) {
      return events_->Record(&context, request, &response);
    });
    if (!status.ok()) return status;
    return std::move(*response.mutable_event());
  }

  absl::Status MarkDispatched(const std::string& ns, const std::string& action,
                              const std::string& uid, bool limit_exceeded) override {
    v1::MarkDispatchedRequest request;
    request.set_namespace_(ns);
    request.set_name(action);
    request.set_uid(uid);
    request.set_upstream_limit_exceeded(limit_exceeded);
    return Mark(request);
  }

  absl::Status MarkRefused(const std::string& ns, const std::string& action, const std::string& uid,
                           const std::string& why) override {
    v1::MarkDispatchedRequest request;
    request.set_namespace_(ns);
    request.set_name(action);
    request.set_uid(uid);
    request.set_refusal(why);
    return Mark(request);
  }

  absl::StatusOr<v1::Event> GetEvent(const std::string& ns, const std::string& name) override {
    v1::EventServiceGetRequest request;
    request.set_namespace_(ns);
    request.set_name(name);
    v1::EventServiceGetResponse response;
    absl::Status status = Call(
        [&](grpc::ClientContext& context) { return events_->Get(&context, request, &response); });
    if (!status.ok()) return status;
    return std::move(*response.mutable_event());
  }

  absl::StatusOr<v1::Action> GetAction(const std::string& ns, const std::string& name) override {
    v1::ActionServiceGetRequest request;
    request.set_namespace_(ns);
    request.set_name(name);
    v1::ActionServiceGetResponse response;
    absl::Status status = Call(
        [&](grpc::ClientContext& context) { return actions_->Get(&context, request, &response); });
    if (!status.ok()) return status;
    return std::move(*response.mutable_action());
  }

  absl::StatusOr<std::vector<v1::Action>> ListActions(const std::string& ns,
                                                      const std::string& event) override {
    v1::ActionServiceListRequest request;
    request.set_namespace_(ns);
    request.set_event(event);
    request.set_page_size(kMaxListed);
    v1::ActionServiceListResponse response;
    absl::Status status = Call(
        [&](grpc::ClientContext& context) { return actions_->List(&context, request, &response); });
    if (!status.ok()) return status;
    return std::vector<v1::Action>(response.actions().begin(), response.actions().end());
  }

  absl::StatusOr<v1::Pipeline> GetPipeline(const std::string& ns,
                                           const std::string& name) override {
    v1::PipelineServiceGetRequest request;
    request.set_namespace_(ns);
    request.set_name(name);
    v1::PipelineServiceGetResponse response;
    absl::Status status = Call([&](grpc::ClientContext& context) {
      return pipelines_->Get(&context, request, &response);
    });
    if (!status.ok()) return status;
    return std::move(*response.mutable_pipeline());
  }

  absl::StatusOr<std::vector<v1::PipelineIdentity>> Barrier(const std::string& ns) override {
    v1::BarrierRequest request;
    request.set_namespace_(ns);
    v1::BarrierResponse response;
    absl::Status status = Call([&](grpc::ClientContext& context) {
      return pipelines_->Barrier(&context, request, &response);
    });
    if (!status.ok()) return status;
    return std::vector<v1::PipelineIdentity>(response.pipelines().begin(),
                                             response.pipelines().end());
  }

  std::unique_ptr<PipelineWatch> WatchPipelines(const std::string& resource_version) override {
    return std::make_unique<GrpcWatch>(*pipelines_, peer_, resource_version);
  }

 private:
  static absl::StatusOr<bool> Answer(const v1::CreateResult& result) {
    switch (result.outcome_case()) {
      case v1::CreateResult::kCreated:
        return result.created();
      case v1::CreateResult::kRefused:
        if (result.refused().code() == 0) break;
        return MakeStatus(static_cast<absl::StatusCode>(result.refused().code()),
                          result.refused().reason(), result.refused().message(),
                          result.refused().field());
      case v1::CreateResult::OUTCOME_NOT_SET:
        break;
    }
    return absl::InternalError("the adapter does not say what became of an Action");
  }

  absl::Status Mark(const v1::MarkDispatchedRequest& request) {
    v1::MarkDispatchedResponse response;
    return Call([&](grpc::ClientContext& context) {
      return actions_->MarkDispatched(&context, request, &response);
    });
  }

  template <class Method>
  absl::Status Call(const Method& method) {
    grpc::ClientContext context;
    service::PrepareCall(context, peer_, call_timeout_);
    return service::FromGrpc(method(context));
  }

  const service::Peer peer_;
  const absl::Duration call_timeout_;
  std::unique_ptr<v1::ActionService::Stub> actions_;
  std::unique_ptr<v1::EventService::Stub> events_;
  std::unique_ptr<v1::PipelineService::Stub> pipelines_;
};

}  // namespace

std::unique_ptr<AdapterClient> MakeGrpcAdapter(const service::Peer& peer,
                                               absl::Duration call_timeout) {
  return std::make_unique<GrpcAdapter>(peer, call_timeout);
}

}  // namespace eventreactor::dispatcher
