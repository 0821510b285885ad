#include "services/ingest/grpc_ingest.h"

#include <grpcpp/grpcpp.h>
#include <gtest/gtest.h>

#include "eventreactor/v1/ingest_service.grpc.pb.h"
#include "libs/bus/fake_bus.h"
#include "libs/cloudevents/proto.h"
#include "libs/domain/naming.h"
#include "libs/service/grpc_status.h"
#include "libs/status/status.h"
#include "services/ingest/metric_value.h"
#include "services/ingest/quotas.h"

namespace eventreactor::ingest {
namespace {

class GrpcIngestTest : public ::testing::Test {
 protected:
  GrpcIngestTest() {
    grpc::ServerBuilder builder;
    builder.RegisterService(service_.get());
    server_ = builder.BuildAndStart();
    stub_ = v1::IngestService::NewStub(server_->InProcessChannel({}));
    cloudevents::CloudEvent event;
    event.id = "1";
    event.source = "/s";
    event.type = "t";
    event.datacontenttype = "text/plain";
    event.data = "hello";
    *request_.mutable_event() = cloudevents::ToProto(event);
  }

  absl::Status Publish(const std::string& token = "s3cret") {
    grpc::ClientContext context;
    if (!token.empty()) context.AddMetadata("authorization", "Bearer " + token);
    return service::FromGrpc(stub_->Publish(&context, request_, &response_));
  }

  prometheus::Registry registry_;
  Metrics metrics_{registry_};
  bus::FakeBus bus_;
  Acceptor acceptor_{{"default", {.max_data = 1000}, absl::Seconds(5)}, bus_, metrics_};
  service::CallFrame frame_{"s3cret"};
  std::unique_ptr<grpc::Service> service_ = MakeIngestService(frame_, acceptor_, metrics_);
  std::unique_ptr<grpc::Server> server_;
  std::unique_ptr<v1::IngestService::Stub> stub_;
  v1::PublishRequest request_;
  v1::PublishResponse response_;
};

TEST_F(GrpcIngestTest, AnAcceptedEventHasANameAndIsOnTheBus) {
  ASSERT_TRUE(Publish().ok());
  EXPECT_EQ(response_.namespace_(), "default");
  EXPECT_EQ(response_.name(), EventName("default", "/s", "1"));
  EXPECT_FALSE(response_.duplicate());
  EXPECT_EQ(bus_.Stored(bus::kEvents)[0].message.payload, "hello");
  ASSERT_TRUE(Publish().ok());
  EXPECT_TRUE(response_.duplicate());
}

TEST_F(GrpcIngestTest, TheNamespaceIsTheRequests) {
  request_.set_namespace_("prod");
  ASSERT_TRUE(Publish().ok());
  EXPECT_EQ(response_.namespace_(), "prod");
  request_.set_namespace_("No Label");
  EXPECT_EQ(Field(Publish()), "namespace");
}

TEST_F(GrpcIngestTest, FaultsNameTheAttributeInTheRequest) {
  (*request_.mutable_event()->mutable_attributes())["time"].set_ce_string("now");
  const absl::Status status = Publish();
  EXPECT_EQ(status.code(), absl::StatusCode::kInvalidArgument);
  EXPECT_EQ(Field(status), "event.time");
  request_.mutable_event()->clear_id();
  EXPECT_EQ(Field(Publish()), "event.id");
  request_.clear_event();
  EXPECT_EQ(Field(Publish()), "event.specversion");
  EXPECT_EQ(MetricValue(registry_, "eventreactor_ingest_events_refused_total",
                        {{"protocol", "grpc"}, {"reason", "INVALID_FIELD"}}),
            3);
}

TEST_F(GrpcIngestTest, DataTooLargeIsOutOfRange) {
  request_.mutable_event()->set_text_data(std::string(1001, 'a'));
  const absl::Status status = Publish();
  EXPECT_EQ(status.code(), absl::StatusCode::kOutOfRange);
  EXPECT_FALSE(IsTransient(status)) << "a retry would not help";
}

TEST_F(GrpcIngestTest, WithoutTheBusPublishersAreToldToTryAgain) {
  bus_.SetConnected(false);
  EXPECT_EQ(Publish().code(), absl::StatusCode::kUnavailable);
  bus_.SetConnected(true);
  bus_.SetFull(bus::kEvents, true);
  EXPECT_EQ(Publish().code(), absl::StatusCode::kResourceExhausted);
}

TEST_F(GrpcIngestTest, ABatchHasAResultForEachEvent) {
  v1::PublishBatchRequest request;
  *request.add_events() = request_.event();
  *request.add_events() = request_.event();
  request.mutable_events(1)->clear_id();
  grpc::ClientContext context;
  context.AddMetadata("authorization", "Bearer s3cret");
  v1::PublishBatchResponse response;
  ASSERT_TRUE(stub_->PublishBatch(&context, request, &response).ok());
  EXPECT_EQ(response.namespace_(), "default");
  ASSERT_EQ(response.results_size(), 2);
  EXPECT_EQ(response.results(0).accepted().name(), EventName("default", "/s", "1"));
  EXPECT_EQ(response.results(1).refused().code(), 3);
  EXPECT_EQ(response.results(1).refused().field(), "events[1].id");
  EXPECT_EQ(response.results(1).refused().message(), "events[1].id: is required");
  EXPECT_EQ(bus_.Stored(bus::kEvents).size(), 1U);
}

TEST_F(GrpcIngestTest, ABatchBeyondItsBoundIsRefusedWhole) {
  v1::PublishBatchRequest request;
  for (int i = 0; i < 1001; ++i) *request.add_events() = request_.event();
  grpc::ClientContext context;
  context.AddMetadata("authorization", "Bearer s3cret");
  v1::PublishBatchResponse response;
  const absl::Status status = service::FromGrpc(stub_->PublishBatch(&context, request, &response));
  EXPECT_EQ(Reason(status), "BATCH_TOO_LARGE");
  EXPECT_EQ(Field(status), "events");
  EXPECT_EQ(bus_.Stored(bus::kEvents).size(), 0U);
}

TEST(GrpcQuota, IsResourceExhaustedAndSaysWhenToComeBack) {
  prometheus::Registry registry;
  Metrics metrics(registry);
  bus::FakeBus fake;
  Quotas::Options options;
  options.ns.events = 0.001;
  options.burst = absl::Seconds(1);
  Quotas quotas(options);
  Acceptor acceptor({"default", {}, absl::Seconds(5)}, fake, metrics, &quotas);
  service::CallFrame frame("");
  const auto service = MakeIngestService(frame, acceptor, metrics);
  grpc::ServerBuilder builder;
  builder.RegisterService(service.get());
  const auto server = builder.BuildAndStart();
  const auto stub = v1::IngestService::NewStub(server->InProcessChannel({}));
  const auto publish = [&](grpc::ClientContext& context) {
    v1::PublishBatchRequest request;
    request.add_events();
    v1::PublishBatchResponse response;
    return service::FromGrpc(stub->PublishBatch(&context, request, &response));
  };
  grpc::ClientContext first;
  EXPECT_TRUE(publish(first).ok());
  grpc::ClientContext second;
  EXPECT_EQ(Reason(publish(second)), kNamespaceQuotaExceeded);
  EXPECT_EQ(second.GetServerTrailingMetadata().count("retry-after"), 1U);
}

TEST(GrpcPeer, IsAnAddressWithoutItsPort) {
  EXPECT_EQ(AddressOf("ipv4:192.0.2.1:4711"), "192.0.2.1");
  EXPECT_EQ(AddressOf("ipv6:[2001:db8::1]:4711"), "2001:db8::1");
  EXPECT_EQ(AddressOf("ipv6:%5B::1%5D:4711"), "::1");
  EXPECT_EQ(AddressOf("unix:/s"), "unix:/s");
}

TEST_F(GrpcIngestTest, CallersNeedTheToken) {
  EXPECT_EQ(Publish("").code(), absl::StatusCode::kUnauthenticated);
  EXPECT_EQ(Publish("wrong").code(), absl::StatusCode::kUnauthenticated);
  EXPECT_EQ(bus_.Stored(bus::kEvents).size(), 0U);
}

}  // namespace
}  // namespace eventreactor::ingest
