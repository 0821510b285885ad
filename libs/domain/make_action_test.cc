#include <gtest/gtest.h>

#include "libs/domain/fixtures.h"
#include "libs/domain/matching.h"
#include "libs/domain/naming.h"
#include "libs/status/status.h"

namespace eventreactor {
namespace {

using fixtures::ChainedPipeline;
using fixtures::EventOf;
using fixtures::EventPipeline;
using fixtures::FinishedAction;

TEST(MakeActionTest, AnActionCarriesItsCauseAndACopyOfWhatRuns) {
  v1::Pipeline pipeline = EventPipeline("build", "push");
  (*pipeline.mutable_metadata()->mutable_labels())["team"] = "blue";
  pipeline.mutable_metadata()->set_generation(3);
  const v1::Event event = EventOf("push", "/repo");
  const v1::Action action = MakeAction(event, pipeline);

  const std::string name = ActionName(event.metadata().name(), "build");
  EXPECT_EQ(action.metadata().name(), name);
  EXPECT_EQ(action.metadata().namespace_(), "default");
  const auto& labels = action.metadata().labels();
  EXPECT_EQ(labels.at("team"), "blue");
  EXPECT_EQ(labels.at(EventNameLabel()), event.metadata().name());
  EXPECT_EQ(labels.at(PipelineNameLabel()), "build");
  EXPECT_EQ(labels.at(TransactionIdLabel()), name);
  EXPECT_EQ(action.spec().event().name(), event.metadata().name());
  EXPECT_EQ(action.spec().event().type(), "push");
  EXPECT_EQ(action.spec().event().source(), "/repo");
  EXPECT_EQ(action.spec().pipeline().name(), "build");
  EXPECT_EQ(action.spec().pipeline().generation(), 3);
  EXPECT_FALSE(action.spec().has_upstream());
  EXPECT_EQ(action.spec().transaction().id(), name);
  EXPECT_EQ(action.spec().transaction().stage(), 1);
  EXPECT_EQ(action.spec().build().SerializeAsString(), pipeline.spec().build().SerializeAsString());
}

TEST(MakeActionTest, EachAttemptIsAnActionOfItsOwn) {
  const v1::Pipeline pipeline = EventPipeline("build", "push");
  EXPECT_NE(MakeAction(EventOf("push"), pipeline, "again").metadata().name(),
            MakeAction(EventOf("push"), pipeline).metadata().name());
}

TEST(MakeActionTest, AnAttemptIsNotedOnTheActionThatItYields) {
  const v1::Pipeline pipeline = EventPipeline("build", "push");
  EXPECT_EQ(MakeAction(EventOf("push"), pipeline).metadata().annotations_size(), 0);
  const v1::Action action = MakeAction(EventOf("push"), pipeline, "again");
  EXPECT_EQ(action.metadata().annotations().at(AttemptAnnotation()), "again");
  const v1::Action upstream = FinishedAction("build");
  const auto chained = MakeChainedAction(upstream, ChainedPipeline("test", "build"), "again");
  ASSERT_TRUE(chained.ok()) << chained.status();
  EXPECT_EQ(chained->metadata().annotations().at(AttemptAnnotation()), "again");
  EXPECT_EQ(chained->metadata().name(), ActionName(upstream.metadata().name(), "test", "again"));
}

TEST(MakeActionTest, ACauseOfItsOwnGivesTheNameAndTheEventKeepsIts) {
  const v1::Pipeline pipeline = EventPipeline("build", "push");
  const v1::Event event = EventOf("push");
  const v1::Action action = MakeAction(event, pipeline, "", "a-uid");
  EXPECT_EQ(action.metadata().name(), ActionName("a-uid", "build"));
  EXPECT_EQ(action.spec().event().name(), event.metadata().name());
}

TEST(MakeActionTest, APipelinesLabelsCannotForgeOurs) {
  v1::Pipeline pipeline = EventPipeline("build", "push");
  (*pipeline.mutable_metadata()->mutable_labels())[PipelineNameLabel()] = "another";
  EXPECT_EQ(MakeAction(EventOf("push"), pipeline).metadata().labels().at(PipelineNameLabel()),
            "build");
}

TEST(MakeActionTest, ANameThatNoLabelCanHoldGetsNone) {
  const v1::Pipeline pipeline = EventPipeline(std::string(64, 'p'), "push");
  const v1::Action action = MakeAction(EventOf("push"), pipeline);
  EXPECT_FALSE(action.metadata().labels().contains(PipelineNameLabel()));
  EXPECT_TRUE(action.metadata().labels().contains(TransactionIdLabel()));
}

TEST(MakeActionTest, AChainedActionContinuesTheTransaction) {
  const v1::Action upstream = FinishedAction("build", v1::COMPLETION_NEUTRAL);
  const auto action = MakeChainedAction(upstream, ChainedPipeline("test", "build"));
  ASSERT_TRUE(action.ok()) << action.status();
  EXPECT_EQ(action->metadata().name(), ActionName(upstream.metadata().name(), "test"));
  EXPECT_EQ(action->spec().event().name(), "event");
  EXPECT_EQ(action->spec().upstream().name(), upstream.metadata().name());
  EXPECT_EQ(action->spec().upstream().status(), v1::COMPLETION_NEUTRAL);
  EXPECT_EQ(action->spec().upstream().pipeline(), "build");
  ASSERT_EQ(action->spec().upstream().via_size(), 1);
  EXPECT_EQ(action->spec().upstream().via(0), "build");
  EXPECT_EQ(action->spec().transaction().id(), upstream.metadata().name());
  EXPECT_EQ(action->spec().transaction().stage(), 2);
  EXPECT_EQ(action->metadata().labels().at(EventNameLabel()), "event");
  EXPECT_EQ(action->metadata().labels().at(TransactionIdLabel()), upstream.metadata().name());
}

TEST(MakeActionTest, AChainStopsAfterNinePipelines) {
  v1::Action action = FinishedAction("p0");
  for (int stage = 2; stage <= 10; ++stage) {
    auto next = MakeChainedAction(action, ChainedPipeline("p" + std::to_string(stage % 2)));
    ASSERT_TRUE(next.ok()) << stage << ": " << next.status();
    EXPECT_EQ(next->spec().transaction().stage(), stage);
    EXPECT_EQ(next->spec().upstream().via_size(), stage - 1);
    action = *next;
  }
  const auto next = MakeChainedAction(action, ChainedPipeline("p"));
  EXPECT_EQ(next.status().code(), absl::StatusCode::kFailedPrecondition);
  EXPECT_EQ(Reason(next.status()), "UPSTREAM_LIMIT_EXCEEDED");
}

TEST(PipelineLabelsTest, SayWhatTriggersThePipeline) {
  v1::Pipeline pipeline = EventPipeline("p", "com.example.push");
  (*pipeline.mutable_metadata()->mutable_labels())["team"] = "blue";
  Labels labels = PipelineLabels(pipeline);
  EXPECT_EQ(labels.at("team"), "blue");
  EXPECT_EQ(labels.at(EventTypeLabel()), "com.example.push");
  EXPECT_EQ(labels.at(PipelineTriggerLabel()), "event");
  labels = PipelineLabels(ChainedPipeline("p"));
  EXPECT_EQ(labels.at(PipelineTriggerLabel()), "pipeline");
  EXPECT_FALSE(labels.contains(EventTypeLabel()));
}

TEST(PipelineLabelsTest, ATypeThatIsNoLabelValueGetsNone) {
  v1::Pipeline pipeline = EventPipeline("p", "a type/with much");
  (*pipeline.mutable_metadata()->mutable_labels())[EventTypeLabel()] = "forged";
  EXPECT_FALSE(PipelineLabels(pipeline).contains(EventTypeLabel()));
}

}  // namespace
}  // namespace eventreactor
