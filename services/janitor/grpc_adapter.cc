#include <utility>

#include "eventreactor/v1/action_service.grpc.pb.h"
#include "eventreactor/v1/event_service.grpc.pb.h"
#include "libs/service/grpc_status.h"
#include "services/janitor/adapter.h"

namespace eventreactor::janitor {
namespace {

constexpr int kPageSize = 500;

class GrpcAdapter : public Adapter {
 public:
  GrpcAdapter(service::Peer peer, absl::Duration call_timeout)
      : peer_(std::move(peer)), call_timeout_(call_timeout) {
    const std::shared_ptr<grpc::Channel> channel = service::MakeChannel(peer_);
    actions_ = v1::ActionService::NewStub(channel);
    events_ = v1::EventService::NewStub(channel);
  }

  absl::StatusOr<v1::ActionServiceListResponse> ListActions(const std::string& token) override {
    v1::ActionServiceListRequest request;
    request.set_page_size(kPageSize);
    request.set_page_token(token);
    return Call<v1::ActionServiceListResponse>(*actions_, &v1::ActionService::Stub::List, request);
  }

  absl::StatusOr<v1::EventServiceListResponse> ListEvents(const std::string& token) override {
    v1::EventServiceListRequest request;
    request.set_page_size(kPageSize);
    request.set_page_token(token);
    return Call<v1::EventServiceListResponse>(*events_, &v1::EventService::Stub::List, request);
  }

  absl::Status DeleteAction(const std::string& ns, const std::string& name,
                            const std::string& uid) override {
    v1::ActionServiceDeleteRequest request;
    request.set_namespace_(ns);
    request.set_name(name);
    request.set_uid(uid);
    return Call<v1::ActionServiceDeleteResponse>(*actions_, &v1::ActionService::Stub::Delete,
                                                 request)
        .status();
  }

  absl::Status DeleteEvent(const std::string& ns, const std::string& name,
                           const std::string& uid) override {
    v1::EventServiceDeleteRequest request;
    request.set_namespace_(ns);
    request.set_name(name);
    request.set_uid(uid);
    return Call<v1::EventServiceDeleteResponse>(*events_, &v1::EventService::Stub::Delete, request)
        .status();
  }

  absl::Status Ping() override {
    v1::EventServiceListRequest request;
    request.set_page_size(1);
    return Call<v1::EventServiceListResponse>(*events_, &v1::EventService::Stub::List, request)
        .status();
  }

 private:
  template <class Response, class Stub, class Request>
  absl::StatusOr<Response> Call(Stub& stub,
                                grpc::Status (Stub::*method)(grpc::ClientContext*, const Request&,
                                                             Response*),
                                const Request& request) const {
    grpc::ClientContext context;
    service::PrepareCall(context, peer_, call_timeout_);
    Response response;
    absl::Status status = service::FromGrpc((stub.*method)(&context, request, &response));
    if (!status.ok()) return status;
    return response;
  }

  const service::Peer peer_;
  const absl::Duration call_timeout_;
  std::unique_ptr<v1::ActionService::Stub> actions_;
  std::unique_ptr<v1::EventService::Stub> events_;
};

}  // namespace

std::unique_ptr<Adapter> MakeGrpcAdapter(const service::Peer& peer, absl::Duration call_timeout) {
  return std::make_unique<GrpcAdapter>(peer, call_timeout);
}

}  // namespace eventreactor::janitor
