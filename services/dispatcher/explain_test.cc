#include "services/dispatcher/explain.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "libs/domain/fixtures.h"
#include "libs/status/status.h"
#include "services/dispatcher/fake_adapter.h"

namespace eventreactor::dispatcher {
namespace {

using fixtures::ChainedPipeline;
using fixtures::EventOf;
using fixtures::EventPipeline;
using ::testing::HasSubstr;

class ExplainTest : public ::testing::Test {
 protected:
  ExplainTest() : cache_(adapter_) {
    cache_.WaitReady();
    event_ = EventOf("push", "/repo");
    event_.mutable_status()->mutable_dispatch_time()->set_seconds(7);
    event_.mutable_status()->set_decisions_omitted(3);
    v1::Decision& decision = *event_.mutable_status()->add_decisions();
    decision.set_pipeline("since-deleted");
    decision.set_predicate("spec.trigger.event.sourcePattern");
    decision.set_observed("/repo");
    decision.set_expected("^/x");
  }

  absl::StatusOr<v1::ExplainResponse> Explain(const std::string& pipeline = "") {
    v1::ExplainRequest request;
    request.set_event(event_.metadata().name());
    request.set_pipeline(pipeline);
    v1::ExplainResponse response;
    absl::Status status = explainer_.Explain(request, response);
    if (!status.ok()) return status;
    return response;
  }

  FakeAdapter adapter_;
  PipelineCache cache_;
  PipelineBarrier barrier_{adapter_, cache_, absl::ZeroDuration()};
  Explainer explainer_{adapter_, cache_, barrier_};
  v1::Event event_;
};

TEST_F(ExplainTest, SaysWhatEachPipelineSaysNowAndSaidThen) {
  ASSERT_TRUE(adapter_.Record(event_).ok());
  adapter_.Apply(EventPipeline("runs", "push"));
  adapter_.Apply(EventPipeline("other-source", "push", "^/x"));
  adapter_.Apply(EventPipeline("other-type", "pull"));
  adapter_.Apply(EventPipeline("broken", "push", "("));
  adapter_.Apply(ChainedPipeline("chained", "runs"));
  v1::Pipeline elsewhere = EventPipeline("elsewhere", "push");
  elsewhere.mutable_metadata()->set_namespace_("team");
  adapter_.Apply(elsewhere);
  const auto response = Explain();
  ASSERT_TRUE(response.ok()) << response.status();

  ASSERT_EQ(response->recorded_size(), 1);
  EXPECT_EQ(response->recorded(0).pipeline(), "since-deleted");
  EXPECT_THAT(response->recorded(0).message(), HasSubstr("\"/repo\""));
  EXPECT_EQ(response->recorded_omitted(), 3);
  EXPECT_EQ(response->dispatch_time().seconds(), 7);

  ASSERT_EQ(response->current_size(), 5);
  EXPECT_EQ(response->current(0).pipeline(), "runs");
  EXPECT_TRUE(response->current(0).matched());
  EXPECT_EQ(response->current(1).pipeline(), "broken");
  EXPECT_EQ(response->current(1).predicate(), "spec.trigger.event.sourcePattern");
  EXPECT_THAT(response->current(1).message(), HasSubstr("cannot be used"));
  EXPECT_EQ(response->current(2).pipeline(), "chained");
  EXPECT_EQ(response->current(2).predicate(), "spec.trigger");
  EXPECT_THAT(response->current(2).message(), HasSubstr("by finished Actions"));
  EXPECT_EQ(response->current(3).pipeline(), "other-source");
  EXPECT_EQ(response->current(3).predicate(), "spec.trigger.event.sourcePattern");
  EXPECT_EQ(response->current(4).pipeline(), "other-type");
  EXPECT_EQ(response->current(4).predicate(), "spec.trigger.event.type");
  EXPECT_EQ(response->current(4).observed(), "push");
  EXPECT_EQ(response->current(4).expected(), "pull");
}

TEST_F(ExplainTest, CanBeAskedForOnePipeline) {
  ASSERT_TRUE(adapter_.Record(event_).ok());
  adapter_.Apply(EventPipeline("runs", "push"));
  adapter_.Apply(EventPipeline("other", "pull"));
  auto response = Explain("other");
  ASSERT_TRUE(response.ok());
  EXPECT_EQ(response->recorded_size(), 0);
  ASSERT_EQ(response->current_size(), 1);
  EXPECT_EQ(response->current(0).pipeline(), "other");
  response = Explain("since-deleted");
  ASSERT_TRUE(response.ok());
  EXPECT_EQ(response->recorded_size(), 1);
  EXPECT_EQ(response->current_size(), 0);
  EXPECT_EQ(Reason(Explain("never-was").status()), "PIPELINE_NOT_FOUND");
}

TEST_F(ExplainTest, AnEventThatIsNotRecordedIsNotFound) {
  EXPECT_EQ(Reason(Explain().status()), "EVENT_NOT_FOUND");
}

TEST_F(ExplainTest, AnswersFromTheCacheWhereTheBarrierCannot) {
  ASSERT_TRUE(adapter_.Record(event_).ok());
  adapter_.SetHook([](const std::string& call, const std::string&) {
    return call == "Barrier" ? absl::UnavailableError("away") : absl::OkStatus();
  });
  EXPECT_TRUE(Explain().ok());
}

TEST_F(ExplainTest, NamesThatAreNoneAreRefused) {
  v1::ExplainResponse response;
  v1::ExplainRequest request;
  EXPECT_EQ(Field(explainer_.Explain(request, response)), "event");
  request.set_event("../x");
  EXPECT_EQ(Field(explainer_.Explain(request, response)), "event");
  request.set_event("x");
  request.set_namespace_("A");
  EXPECT_EQ(Field(explainer_.Explain(request, response)), "namespace");
  request.set_namespace_("team");
  request.set_pipeline("a b");
  EXPECT_EQ(Field(explainer_.Explain(request, response)), "pipeline");
}

TEST_F(ExplainTest, TheAnswerIsBounded) {
  ASSERT_TRUE(adapter_.Record(event_).ok());
  for (int i = 0; i < kMaxCurrent + 20; ++i) {
    adapter_.Apply(EventPipeline("p" + std::to_string(i), "pull"));
  }
  adapter_.Apply(EventPipeline("zz", "push"));
  const auto response = Explain();
  ASSERT_TRUE(response.ok());
  EXPECT_EQ(response->current_size(), kMaxCurrent);
  EXPECT_EQ(response->current(0).pipeline(), "zz") << "matches first";
}

}  // namespace
}  // namespace eventreactor::dispatcher
