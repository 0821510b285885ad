#include "services/dispatcher/grpc_adapter.h"

#include <grpcpp/grpcpp.h>
#include <gtest/gtest.h>

#include <atomic>
#include <vector>

#include "absl/time/clock.h"
#include "eventreactor/v1/action_service.grpc.pb.h"
#include "eventreactor/v1/event_service.grpc.pb.h"
#include "eventreactor/v1/pipeline_service.grpc.pb.h"
#include "libs/domain/fixtures.h"
#include "libs/domain/matching.h"
#include "libs/service/call_frame.h"
#include "libs/service/grpc_status.h"
#include "libs/status/status.h"
#include "services/dispatcher/fake_adapter.h"

namespace eventreactor::dispatcher {
namespace {

using fixtures::EventOf;
using fixtures::EventPipeline;

v1::CreateBatchRequest BatchOf(const std::vector<v1::Action>& actions) {
  v1::CreateBatchRequest batch;
  for (const v1::Action& action : actions) *batch.add_requests()->mutable_action() = action;
  return batch;
}

// The adapter's services over the fake, behind the same frame as the real.
class Actions : public v1::ActionService::Service {
 public:
  Actions(service::CallFrame& frame, FakeAdapter& fake) : frame_(frame), fake_(fake) {}
  grpc::Status CreateBatch(grpc::ServerContext* context, const v1::CreateBatchRequest* request,
                           v1::CreateBatchResponse* response) override {
    return frame_.Run(*context, "CreateBatch", [&] {
      const auto answers = fake_.Create(*request);
      if (!answers.ok()) return answers.status();
      for (const auto& answer : *answers) {
        v1::CreateResult& result = *response->add_results();
        if (answer.ok()) {
          result.set_created(*answer);
          continue;
        }
        result.mutable_refused()->set_code(static_cast<int>(answer.status().code()));
        result.mutable_refused()->set_reason(Reason(answer.status()));
        result.mutable_refused()->set_field(Field(answer.status()));
        result.mutable_refused()->set_message(Message(answer.status()));
      }
      if (forgetful) response->mutable_results()->RemoveLast();
      return absl::OkStatus();
    });
  }
  grpc::Status MarkDispatched(grpc::ServerContext* context,
                              const v1::MarkDispatchedRequest* request,
                              v1::MarkDispatchedResponse*) override {
    return frame_.Run(*context, "MarkDispatched", [&] {
      if (!request->refusal().empty()) {
        return fake_.MarkRefused(request->namespace_(), request->name(), request->uid(),
                                 request->refusal());
      }
      return fake_.MarkDispatched(request->namespace_(), request->name(), request->uid(),
                                  request->upstream_limit_exceeded());
    });
  }

  // Leaves out the last answer.
  std::atomic<bool> forgetful = false;

 private:
  service::CallFrame& frame_;
  FakeAdapter& fake_;
};

class Events : public v1::EventService::Service {
 public:
  Events(service::CallFrame& frame, FakeAdapter& fake) : frame_(frame), fake_(fake) {}
  grpc::Status Record(grpc::ServerContext* context, const v1::RecordRequest* request,
                      v1::RecordResponse* response) override {
    return frame_.Run(*context, "Record", [&] {
      auto event = fake_.Record(request->event());
      if (event.ok()) *response->mutable_event() = *event;
      return event.status();
    });
  }
  grpc::Status Get(grpc::ServerContext* context, const v1::EventServiceGetRequest* request,
                   v1::EventServiceGetResponse* response) override {
    return frame_.Run(*context, "Get", [&] {
      auto event = fake_.GetEvent(request->namespace_(), request->name());
      if (event.ok()) *response->mutable_event() = *event;
      return event.status();
    });
  }

 private:
  service::CallFrame& frame_;
  FakeAdapter& fake_;
};

class Pipelines : public v1::PipelineService::Service {
 public:
  Pipelines(service::CallFrame& frame, FakeAdapter& fake) : frame_(frame), fake_(fake) {}
  grpc::Status Get(grpc::ServerContext* context, const v1::PipelineServiceGetRequest* request,
                   v1::PipelineServiceGetResponse* response) override {
    return frame_.Run(*context, "Get", [&] {
      auto pipeline = fake_.GetPipeline(request->namespace_(), request->name());
      if (pipeline.ok()) *response->mutable_pipeline() = *pipeline;
      return pipeline.status();
    });
  }
  grpc::Status Barrier(grpc::ServerContext* context, const v1::BarrierRequest* request,
                       v1::BarrierResponse* response) override {
    return frame_.Run(*context, "Barrier", [&] {
      auto identities = fake_.Barrier(request->namespace_());
      if (!identities.ok()) return identities.status();
      for (const auto& identity : *identities) *response->add_pipelines() = identity;
      return absl::OkStatus();
    });
  }
  grpc::Status Watch(grpc::ServerContext* context, const v1::PipelineServiceWatchRequest* request,
                     grpc::ServerWriter<v1::PipelineServiceWatchResponse>* writer) override {
    return frame_.Run(*context, "Watch", [&] {
      auto watch = fake_.WatchPipelines(request->resource_version());
      v1::PipelineServiceWatchResponse change;
      // Long enough for a test; its end ends the watch by BreakWatches.
      while (watch->Next(change)) {
        if (!writer->Write(change)) return absl::CancelledError("client is gone");
      }
      return watch->Finish();
    });
  }

 private:
  service::CallFrame& frame_;
  FakeAdapter& fake_;
};

class GrpcAdapterTest : public ::testing::Test {
 protected:
  GrpcAdapterTest() {
    grpc::ServerBuilder builder;
    builder.AddListeningPort("127.0.0.1:0", grpc::InsecureServerCredentials(), &port_);
    builder.RegisterService(&actions_);
    builder.RegisterService(&events_);
    builder.RegisterService(&pipelines_);
    server_ = builder.BuildAndStart();
    adapter_ = Connect("secret");
  }

  ~GrpcAdapterTest() override {
    fake_.BreakWatches(false);
    server_->Shutdown(std::chrono::system_clock::now());
  }

  std::unique_ptr<AdapterClient> Connect(const std::string& token) const {
    return MakeGrpcAdapter({"127.0.0.1:" + std::to_string(port_), token}, absl::Seconds(20));
  }

  FakeAdapter fake_;
  service::CallFrame frame_{"secret"};
  Actions actions_{frame_, fake_};
  Events events_{frame_, fake_};
  Pipelines pipelines_{frame_, fake_};
  int port_ = 0;
  std::unique_ptr<grpc::Server> server_;
  std::unique_ptr<AdapterClient> adapter_;
};

TEST_F(GrpcAdapterTest, EachCallArrivesWholeAndItsAnswerComesBack) {
  const v1::Pipeline pipeline = fake_.Apply(EventPipeline("build", "push"));
  v1::Event event = EventOf("push");
  const v1::Action action = MakeAction(event, pipeline);
  EXPECT_EQ(adapter_->Create(BatchOf({action}))->at(0).value(), true);
  EXPECT_EQ(adapter_->Create(BatchOf({action}))->at(0).value(), false);
  event.mutable_status()->mutable_dispatch_time()->set_seconds(1);
  EXPECT_EQ(adapter_->Record(event)->metadata().name(), event.metadata().name());
  EXPECT_EQ(adapter_->GetEvent("default", event.metadata().name())->spec().type(), "push");
  EXPECT_EQ(adapter_->GetPipeline("default", "build")->metadata().uid(), pipeline.metadata().uid());
  const auto identities = adapter_->Barrier("default");
  ASSERT_TRUE(identities.ok());
  ASSERT_EQ(identities->size(), 1U);
  EXPECT_EQ(identities->at(0).name(), "build");
  EXPECT_TRUE(adapter_->MarkDispatched("default", action.metadata().name(), "", true).ok());
  EXPECT_EQ(fake_.LimitExceeded().size(), 1U);
  EXPECT_TRUE(fake_.Actions().at(0).status().has_dispatch_time());
}

TEST_F(GrpcAdapterTest, EachActionOfABatchHasItsOwnAnswer) {
  const v1::Pipeline pipeline = fake_.Apply(EventPipeline("build", "push"));
  const v1::Action first = MakeAction(EventOf("push"), pipeline);
  v1::Action stranger = first;
  stranger.mutable_spec()->mutable_event()->set_name("another");
  const auto answers = adapter_->Create(BatchOf({first, stranger, first}));
  ASSERT_TRUE(answers.ok()) << answers.status();
  ASSERT_EQ(answers->size(), 3U);
  EXPECT_EQ(answers->at(0).value(), true);
  EXPECT_EQ(Reason(answers->at(1).status()), "NAME_TAKEN");
  EXPECT_TRUE(absl::IsAlreadyExists(answers->at(1).status()));
  EXPECT_EQ(answers->at(2).value(), false);

  actions_.forgetful = true;
  EXPECT_TRUE(absl::IsInternal(adapter_->Create(BatchOf({first, first})).status()));
  actions_.forgetful = false;
  fake_.Fail(absl::UnavailableError("away"));
  EXPECT_TRUE(absl::IsUnavailable(adapter_->Create(BatchOf({first})).status()));
  EXPECT_TRUE(absl::IsUnauthenticated(Connect("wrong")->Create(BatchOf({first})).status()));
}

TEST_F(GrpcAdapterTest, ErrorsKeepTheirReason) {
  EXPECT_EQ(Reason(adapter_->GetEvent("default", "none").status()), "EVENT_NOT_FOUND");
  EXPECT_EQ(Reason(adapter_->MarkDispatched("default", "none", "", false)), "ACTION_NOT_FOUND");
  EXPECT_TRUE(absl::IsUnauthenticated(Connect("wrong")->Barrier("default").status()));
}

TEST_F(GrpcAdapterTest, AWatchEndsWhenItIsCancelledOrBreaksOff) {
  fake_.Apply(EventPipeline("build", "push"));
  v1::PipelineServiceWatchResponse change;
  auto watch = adapter_->WatchPipelines("");
  ASSERT_TRUE(watch->Next(change));
  EXPECT_EQ(change.pipeline().metadata().name(), "build");
  ASSERT_TRUE(watch->Next(change));
  EXPECT_EQ(change.type(), v1::CHANGE_TYPE_BOOKMARK);
  const std::string version = change.resource_version();
  watch->Cancel();
  EXPECT_FALSE(watch->Next(change));
  EXPECT_FALSE(watch->Finish().ok());

  fake_.BreakWatches(/*expired=*/true);
  auto resumed = adapter_->WatchPipelines(version);
  EXPECT_FALSE(resumed->Next(change));
  EXPECT_EQ(Reason(resumed->Finish()), "VERSION_EXPIRED");
}

}  // namespace
}  // namespace eventreactor::dispatcher
