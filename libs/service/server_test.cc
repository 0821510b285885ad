// A real server and real clients in one process.
#include "libs/service/server.h"

#include <gmock/gmock.h>
#include <google/protobuf/descriptor.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <future>
#include <thread>

#include "eventreactor/v1/pipeline_service.grpc.pb.h"
#include "grpc/health/v1/health.grpc.pb.h"
#include "libs/service/channel.h"
#include "libs/service/grpc_status.h"
#include "libs/status/status.h"

namespace eventreactor::service {
namespace {

using grpc::health::v1::Health;
using grpc::health::v1::HealthCheckRequest;
using grpc::health::v1::HealthCheckResponse;
using ::testing::HasSubstr;

constexpr absl::Duration kSoon = absl::Seconds(20);

// Get answers by the name asked for; Watch streams until it is stopped.
class Pipelines : public v1::PipelineService::Service {
 public:
  explicit Pipelines(std::string token) : frame_(std::move(token)) {}

  grpc::Status Get(grpc::ServerContext* context, const v1::PipelineServiceGetRequest* request,
                   v1::PipelineServiceGetResponse* response) override {
    return frame_.Run(*context, "Get", [&]() -> absl::Status {
      if (request->name() == "throw") throw std::runtime_error("a secret detail");
      if (request->name() == "missing") {
        return MakeStatus(absl::StatusCode::kNotFound, "PIPELINE_NOT_FOUND", "no Pipeline missing",
                          "name");
      }
      response->mutable_pipeline()->mutable_metadata()->set_name(request->name());
      return absl::OkStatus();
    });
  }

  grpc::Status Watch(grpc::ServerContext* context, const v1::PipelineServiceWatchRequest* request,
                     grpc::ServerWriter<v1::PipelineServiceWatchResponse>* writer) override {
    return frame_.Run(*context, "Watch", [&]() -> absl::Status {
      writer->Write({});
      // The namespace says which sign of the end the stream goes by.
      while (!context->IsCancelled()) {
        if (request->namespace_() == "polite" && Stopping()) {
          return MakeStatus(absl::StatusCode::kUnavailable, "SHUTTING_DOWN", "stopping");
        }
        std::this_thread::yield();
      }
      return absl::CancelledError("cancelled");
    });
  }

 private:
  CallFrame frame_;
};

class ServerTest : public ::testing::Test {
 protected:
  void Start(const std::string& token = "") {
    service_ = std::make_unique<Pipelines>(token);
    CommonOptions options;
    options.listen = "127.0.0.1:0";
    auto server = Server::Start(options, {service_.get()});
    ASSERT_TRUE(server.ok()) << server.status();
    server_ = *std::move(server);
    peer_ = {"127.0.0.1:" + std::to_string(server_->port()), token};
    channel_ = MakeChannel(peer_);
  }

  absl::Status Get(const std::string& name, const Peer& as) {
    grpc::ClientContext context;
    PrepareCall(context, as, kSoon);
    v1::PipelineServiceGetRequest request;
    request.set_name(name);
    v1::PipelineServiceGetResponse response;
    return FromGrpc(v1::PipelineService::NewStub(channel_)->Get(&context, request, &response));
  }

  HealthCheckResponse::ServingStatus CheckHealth() {
    grpc::ClientContext context;
    PrepareCall(context, {peer_.address, ""}, kSoon);
    HealthCheckResponse response;
    const grpc::Status status = Health::NewStub(channel_)->Check(&context, {}, &response);
    EXPECT_TRUE(status.ok()) << status.error_message();
    return response.status();
  }

  // What a Watch of this namespace ends with, once it has begun.
  std::future<absl::Status> BeginWatch(const std::string& name) {
    std::promise<void> begun;
    auto began = begun.get_future();
    auto ended = std::async(std::launch::async, [this, name, begun = std::move(begun)]() mutable {
      grpc::ClientContext context;
      PrepareCall(context, peer_, kSoon);
      v1::PipelineServiceWatchRequest request;
      request.set_namespace_(name);
      const auto stub = v1::PipelineService::NewStub(channel_);
      const auto reader = stub->Watch(&context, request);
      v1::PipelineServiceWatchResponse response;
      EXPECT_TRUE(reader->Read(&response));
      begun.set_value();
      while (reader->Read(&response)) {
      }
      return FromGrpc(reader->Finish());
    });
    began.wait();
    return ended;
  }

  Peer peer_;
  std::shared_ptr<grpc::Channel> channel_;
  std::unique_ptr<Pipelines> service_;
  std::unique_ptr<Server> server_;
};

TEST_F(ServerTest, WithoutATokenEverybodyMayCall) {
  Start();
  EXPECT_TRUE(Get("x", peer_).ok());
  EXPECT_TRUE(Get("x", {peer_.address, "any"}).ok());
}

TEST_F(ServerTest, WithATokenOnlyItsBearerMayCall) {
  Start("right");
  EXPECT_TRUE(Get("x", peer_).ok());

  const absl::Status none = Get("x", {peer_.address, ""});
  EXPECT_EQ(none.code(), absl::StatusCode::kUnauthenticated);
  EXPECT_EQ(Reason(none), "TOKEN_MISSING");

  for (const char* token : {"wrong", "righ", "right ", "rightright"}) {
    const absl::Status wrong = Get("x", {peer_.address, token});
    EXPECT_EQ(wrong.code(), absl::StatusCode::kUnauthenticated) << token;
    EXPECT_EQ(Reason(wrong), "TOKEN_WRONG");
    EXPECT_THAT(Message(wrong), Not(HasSubstr("right"))) << "the token is not told";
  }
}

TEST_F(ServerTest, ATokenOfAnotherSchemeIsWrong) {
  Start("right");
  grpc::ClientContext context;
  context.AddMetadata("authorization", "Basic right");
  v1::PipelineServiceGetResponse response;
  EXPECT_EQ(v1::PipelineService::NewStub(channel_)->Get(&context, {}, &response).error_code(),
            grpc::StatusCode::UNAUTHENTICATED);
}

TEST_F(ServerTest, AnErrorArrivesWithReasonAndField) {
  Start();
  const absl::Status status = Get("missing", peer_);
  EXPECT_EQ(status.code(), absl::StatusCode::kNotFound);
  EXPECT_EQ(Reason(status), "PIPELINE_NOT_FOUND");
  EXPECT_EQ(Field(status), "name");
  EXPECT_EQ(Message(status), "no Pipeline missing");
}

TEST_F(ServerTest, AnExceptionIsAnInternalErrorWithoutItsText) {
  Start();
  const absl::Status status = Get("throw", peer_);
  EXPECT_EQ(status.code(), absl::StatusCode::kInternal);
  EXPECT_EQ(Reason(status), "HANDLER_EXCEPTION");
  EXPECT_THAT(Message(status), Not(HasSubstr("secret")));
  EXPECT_TRUE(Get("x", peer_).ok()) << "the server lives on";
}

TEST_F(ServerTest, HealthIsOpenToAllAndSaysWhatItIsTold) {
  Start("token");
  EXPECT_EQ(CheckHealth(), HealthCheckResponse::NOT_SERVING);
  server_->SetServing(true);
  EXPECT_EQ(CheckHealth(), HealthCheckResponse::SERVING);
  server_->SetServing(false);
  EXPECT_EQ(CheckHealth(), HealthCheckResponse::NOT_SERVING);
}

TEST_F(ServerTest, HealthOfAnUnknownServiceIsNotFound) {
  Start();
  grpc::ClientContext context;
  HealthCheckRequest request;
  request.set_service("nobody");
  HealthCheckResponse response;
  EXPECT_EQ(Health::NewStub(channel_)->Check(&context, request, &response).error_code(),
            grpc::StatusCode::NOT_FOUND);
}

TEST_F(ServerTest, AWatchOfHealthSeesEachChangeAndTheEnd) {
  Start();
  grpc::ClientContext context;
  PrepareCall(context, peer_, kSoon);
  const auto stub = Health::NewStub(channel_);
  const auto reader = stub->Watch(&context, {});
  HealthCheckResponse response;
  ASSERT_TRUE(reader->Read(&response));
  EXPECT_EQ(response.status(), HealthCheckResponse::NOT_SERVING);
  server_->SetServing(true);
  ASSERT_TRUE(reader->Read(&response));
  EXPECT_EQ(response.status(), HealthCheckResponse::SERVING);
  server_->Shutdown(kSoon);
  ASSERT_TRUE(reader->Read(&response));
  EXPECT_EQ(response.status(), HealthCheckResponse::NOT_SERVING);
  EXPECT_FALSE(reader->Read(&response));
  EXPECT_EQ(reader->Finish().error_code(), grpc::StatusCode::UNAVAILABLE);
}

TEST_F(ServerTest, ShutdownEndsStreamsThatListen) {
  Start();
  auto ended = BeginWatch("polite");
  EXPECT_FALSE(Stopping());
  server_->Shutdown(kSoon);
  EXPECT_TRUE(Stopping());
  EXPECT_EQ(Reason(ended.get()), "SHUTTING_DOWN");
}

TEST_F(ServerTest, ShutdownCancelsStreamsThatDoNot) {
  Start();
  auto ended = BeginWatch("deaf");
  server_->Shutdown(absl::ZeroDuration());
  EXPECT_FALSE(ended.get().ok());
}

TEST_F(ServerTest, AfterShutdownNothingIsServed) {
  Start();
  server_->SetServing(true);
  server_->Shutdown(kSoon);
  server_->Shutdown(kSoon);
  server_->SetServing(true);
  EXPECT_EQ(Get("x", peer_).code(), absl::StatusCode::kUnavailable);
}

TEST_F(ServerTest, ATakenAddressIsRefusedByName) {
  Start();
  CommonOptions options;
  options.listen = peer_.address;
  const auto second = Server::Start(options, {});
  ASSERT_FALSE(second.ok());
  EXPECT_EQ(Reason(second.status()), "LISTEN_FAILED");
  EXPECT_THAT(Message(second.status()), HasSubstr(peer_.address));
  EXPECT_THAT(Message(second.status()), HasSubstr("--listen"));
}

TEST_F(ServerTest, AnEmptyAddressIsRefused) {
  EXPECT_EQ(Server::Start(CommonOptions(), {}).status().code(), absl::StatusCode::kInvalidArgument);
}

TEST_F(ServerTest, AUnixSocketIsAnAddressToo) {
  CommonOptions options;
  options.listen = "unix:" + ::testing::TempDir() + "server_test." + std::to_string(getpid());
  Pipelines pipelines("");
  const auto server = Server::Start(options, {&pipelines});
  ASSERT_TRUE(server.ok()) << server.status();
  channel_ = MakeChannel({options.listen, ""});
  EXPECT_TRUE(Get("x", {options.listen, ""}).ok());
}

TEST_F(ServerTest, AMessageBeyondFourMebibytesIsRefused) {
  Start();
  grpc::ClientContext context;
  PrepareCall(context, peer_, kSoon);
  v1::PipelineServiceGetRequest request;
  request.set_name(std::string(5 << 20, 'x'));
  v1::PipelineServiceGetResponse response;
  const auto plain = grpc::CreateChannel(peer_.address, grpc::InsecureChannelCredentials());
  EXPECT_EQ(v1::PipelineService::NewStub(plain)->Get(&context, request, &response).error_code(),
            grpc::StatusCode::RESOURCE_EXHAUSTED);
}

TEST_F(ServerTest, ADeadlineHolds) {
  Start();
  grpc::ClientContext context;
  PrepareCall(context, peer_, absl::Milliseconds(50));
  v1::PipelineServiceWatchRequest request;
  const auto stub = v1::PipelineService::NewStub(channel_);
  const auto reader = stub->Watch(&context, request);
  v1::PipelineServiceWatchResponse response;
  while (reader->Read(&response)) {
  }
  EXPECT_EQ(reader->Finish().error_code(), grpc::StatusCode::DEADLINE_EXCEEDED);
}

}  // namespace
}  // namespace eventreactor::service
