// What the services stream: watches and logs.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <memory>

#include "absl/time/clock.h"
#include "libs/adapter/services.h"
#include "libs/adapter/services_fixture.h"
#include "libs/domain/run.h"
#include "libs/status/status.h"

namespace eventreactor {
namespace {

using testing::IsEmpty;

class ServicesStreamsTest : public ServicesFixture {};

TEST_F(ServicesStreamsTest, AWatchShowsWhatIsThereThenChangesAndEndsWithItsClient) {
  EXPECT_EQ(Create(MakeAction("a")), "OK");
  grpc::ClientContext context;
  v1::ActionServiceWatchRequest request;
  request.set_namespace_("default");
  const auto reader = actions->Watch(&context, request);
  v1::ActionServiceWatchResponse change;
  ASSERT_TRUE(reader->Read(&change));
  EXPECT_EQ(change.type(), v1::CHANGE_TYPE_ADDED);
  EXPECT_EQ(change.action().metadata().name(), "a");
  EXPECT_EQ(change.resource_version(), "") << "before the bookmark there is nowhere to resume";
  ASSERT_TRUE(reader->Read(&change));
  EXPECT_EQ(change.type(), v1::CHANGE_TYPE_BOOKMARK);
  const std::string version = change.resource_version();
  EXPECT_EQ(Cancel("a"), "OK");
  ASSERT_TRUE(reader->Read(&change));
  EXPECT_EQ(change.type(), v1::CHANGE_TYPE_MODIFIED);
  EXPECT_EQ(change.action().spec().status(), kBuildCancelled);
  context.TryCancel();
  while (reader->Read(&change)) {
  }
  EXPECT_EQ(reader->Finish().error_code(), grpc::StatusCode::CANCELLED);

  // Resumed, it shows the change again.
  grpc::ClientContext resumed_context;
  request.set_resource_version(version);
  const auto resumed = actions->Watch(&resumed_context, request);
  ASSERT_TRUE(resumed->Read(&change));
  EXPECT_EQ(change.type(), v1::CHANGE_TYPE_MODIFIED);
  resumed_context.TryCancel();
}

TEST_F(ServicesStreamsTest, AWatchThatComesTooLateIsTold) {
  EXPECT_EQ(Create(MakeAction("a")), "OK");
  store_.ExpireVersions();
  grpc::ClientContext context;
  v1::ActionServiceWatchRequest request;
  request.set_resource_version("1");
  const auto reader = actions->Watch(&context, request);
  v1::ActionServiceWatchResponse change;
  EXPECT_FALSE(reader->Read(&change));
  const absl::Status status = service::FromGrpc(reader->Finish());
  EXPECT_EQ(status.code(), absl::StatusCode::kOutOfRange);
  EXPECT_EQ(Reason(status), "VERSION_EXPIRED");
}

TEST_F(ServicesStreamsTest, StreamsAreBounded) {
  std::vector<std::unique_ptr<grpc::ClientContext>> contexts;
  std::vector<std::unique_ptr<grpc::ClientReader<v1::EventServiceWatchResponse>>> readers;
  v1::EventServiceWatchResponse change;
  for (int i = 0; i < 2; ++i) {
    contexts.push_back(std::make_unique<grpc::ClientContext>());
    readers.push_back(events->Watch(contexts.back().get(), {}));
    ASSERT_TRUE(readers.back()->Read(&change));
  }
  grpc::ClientContext context;
  const auto refused = events->Watch(&context, {});
  EXPECT_FALSE(refused->Read(&change));
  EXPECT_EQ(Reason(service::FromGrpc(refused->Finish())), "TOO_MANY_STREAMS");

  // The dispatcher's watch has room of its own.
  contexts.push_back(std::make_unique<grpc::ClientContext>());
  const auto dispatcher = pipelines->Watch(contexts.back().get(), {});
  v1::PipelineServiceWatchResponse bookmark;
  EXPECT_TRUE(dispatcher->Read(&bookmark));
  for (const auto& each : contexts) each->TryCancel();
}

TEST_F(ServicesStreamsTest, ReadsTheLogAndAfterItIsGoneTheTail) {
  v1::CreateResponse created;
  EXPECT_EQ(Create(MakeAction("a"), &created), "OK");
  const RunKey key = {.ns = "default", .name = "a", .uid = created.action().metadata().uid()};
  ASSERT_TRUE(
      logs_.Append(key, {.step = "build-step-one", .data = "hello\n", .time = absl::Now()}).ok());
  EXPECT_THAT(Log("a"), testing::ElementsAre("build-step-one: hello\n"));
  Finish("a");
  EXPECT_THAT(Log("a", "build-step-one"), testing::ElementsAre("build-step-one: hello\n"));
  ASSERT_TRUE(logs_.Remove(key).ok());
  EXPECT_THAT(Log("a"), testing::ElementsAre("build-step-one: the tail"));
  EXPECT_THAT(Log("a", "build-step-two"), IsEmpty());
  EXPECT_EQ(Reason(last_), "STEP_NOT_FOUND");
  EXPECT_THAT(Log("none"), IsEmpty());
  EXPECT_EQ(Reason(last_), "ACTION_NOT_FOUND");
}

TEST_F(ServicesStreamsTest, FollowsALogUntilTheActionHasEnded) {
  v1::CreateResponse created;
  EXPECT_EQ(Create(MakeAction("a"), &created), "OK");
  const RunKey key = {.ns = "default", .name = "a", .uid = created.action().metadata().uid()};
  grpc::ClientContext context;
  v1::ReadLogRequest request;
  request.set_name("a");
  request.set_follow(true);
  const auto reader = actions->ReadLog(&context, request);
  ASSERT_TRUE(
      logs_.Append(key, {.step = "build-step-one", .data = "hello", .time = absl::Now()}).ok());
  v1::ReadLogResponse piece;
  ASSERT_TRUE(reader->Read(&piece));
  EXPECT_EQ(piece.data(), "hello");
  Finish("a");
  EXPECT_FALSE(reader->Read(&piece));
  EXPECT_TRUE(reader->Finish().ok());
}

}  // namespace
}  // namespace eventreactor
