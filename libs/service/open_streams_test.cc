#include "libs/service/open_streams.h"

#include <grpcpp/generic/generic_stub.h>
#include <gtest/gtest.h>

#include <list>
#include <memory>

#include "absl/time/clock.h"
#include "grpc/health/v1/health.grpc.pb.h"
#include "libs/service/channel.h"
#include "libs/service/server.h"

namespace eventreactor::service {
namespace {

using grpc::health::v1::Health;
using grpc::health::v1::HealthCheckResponse;

constexpr absl::Duration kUntilClosed = absl::Seconds(20);

// A stranger's watch of health.
class Watch {
 public:
  explicit Watch(const Peer& peer) : stub_(Health::NewStub(MakeChannel(peer))) {
    PrepareCall(context_, peer, kUntilClosed);
    reader_ = stub_->Watch(&context_, {});
    HealthCheckResponse response;
    admitted_ = reader_->Read(&response);
  }
  ~Watch() { End(); }
  Watch(const Watch&) = delete;
  Watch& operator=(const Watch&) = delete;

  bool admitted() const { return admitted_; }

  grpc::StatusCode End() {
    if (ended_) return grpc::StatusCode::OK;
    ended_ = true;
    if (admitted_) context_.TryCancel();
    return reader_->Finish().error_code();
  }

 private:
  const std::unique_ptr<Health::Stub> stub_;
  grpc::ClientContext context_;
  std::unique_ptr<grpc::ClientReader<HealthCheckResponse>> reader_;
  bool admitted_ = false;
  bool ended_ = false;
};

// A stranger's talk with reflection, of which no generated code is installed.
class Talk {
 public:
  explicit Talk(const Peer& peer) : stub_(MakeChannel(peer)) {
    PrepareCall(context_, peer, kUntilClosed);
    call_ = stub_.PrepareCall(
        &context_, "/grpc.reflection.v1alpha.ServerReflection/ServerReflectionInfo", &queue_);
    call_->StartCall(this);
    if (!Done()) return;
    // A ServerReflectionRequest whose list_services is empty.
    const grpc::Slice request("\x3a\x00", 2);
    call_->Write(grpc::ByteBuffer(&request, 1), this);
    if (!Done()) return;
    grpc::ByteBuffer response;
    call_->Read(&response, this);
    admitted_ = Done();
  }
  ~Talk() {
    context_.TryCancel();
    grpc::Status status;
    call_->Finish(&status, this);
    Done();
  }
  Talk(const Talk&) = delete;
  Talk& operator=(const Talk&) = delete;

  bool admitted() const { return admitted_; }

 private:
  bool Done() {
    void* tag = nullptr;
    bool ok = false;
    return queue_.Next(&tag, &ok) && ok;
  }

  grpc::CompletionQueue queue_;
  grpc::ClientContext context_;
  grpc::GenericStub stub_;
  std::unique_ptr<grpc::GenericClientAsyncReaderWriter> call_;
  bool admitted_ = false;
};

class OpenStreamsTest : public ::testing::Test {
 protected:
  OpenStreamsTest() {
    CommonOptions options;
    options.listen = "127.0.0.1:0";
    server_ = *Server::Start(options, {});
    peer_ = {"127.0.0.1:" + std::to_string(server_->port()), ""};
  }

  std::unique_ptr<Server> server_;
  Peer peer_;
};

TEST_F(OpenStreamsTest, BeyondTheBoundTheyAreCancelledAndChecksAreStillAnswered) {
  std::list<Watch> watches;
  for (int i = 1; i < kMaxOpenStreams; ++i) EXPECT_TRUE(watches.emplace_back(peer_).admitted());
  const Talk talk(peer_);
  EXPECT_TRUE(talk.admitted()) << "both kinds count together";

  Watch refused(peer_);
  EXPECT_FALSE(refused.admitted());
  EXPECT_EQ(refused.End(), grpc::StatusCode::CANCELLED);
  EXPECT_FALSE(Talk(peer_).admitted());

  grpc::ClientContext context;
  PrepareCall(context, peer_, kUntilClosed);
  HealthCheckResponse response;
  EXPECT_TRUE(Health::NewStub(MakeChannel(peer_))->Check(&context, {}, &response).ok());
}

TEST_F(OpenStreamsTest, WhatEndsMakesRoom) {
  std::list<Watch> watches;
  for (int i = 0; i < kMaxOpenStreams; ++i) EXPECT_TRUE(watches.emplace_back(peer_).admitted());
  EXPECT_FALSE(Watch(peer_).admitted());
  watches.pop_front();
  // The server notices a moment later that the client has gone.
  const absl::Time give_up = absl::Now() + kUntilClosed;
  bool admitted = false;
  while (!admitted && absl::Now() < give_up) admitted = Watch(peer_).admitted();
  EXPECT_TRUE(admitted);
}

}  // namespace
}  // namespace eventreactor::service
