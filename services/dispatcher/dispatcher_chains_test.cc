// Finished Actions and the Pipelines that they trigger.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <set>

#include "services/dispatcher/dispatcher.h"
#include "services/dispatcher/dispatcher_fixture.h"
#include "services/dispatcher/testing.h"

namespace eventreactor::dispatcher {
namespace {

using eventreactor::fixtures::ChainedPipeline;
using eventreactor::fixtures::EventPipeline;
using eventreactor::fixtures::FinishedAction;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Pair;
using ::testing::UnorderedElementsAre;

class DispatcherChainsTest : public DispatcherFixture {};

TEST_F(DispatcherChainsTest, AFinishedActionTriggersItsChainOnce) {
  adapter_.Apply(EventPipeline("build", "push"));
  adapter_.Apply(ChainedPipeline("test", "build"));
  adapter_.Apply(ChainedPipeline("deploy", "test"));
  Process process(bus_, adapter_);
  Publish(EventMessage("push", "/repo", "1"));
  ASSERT_TRUE(TakeEvents(process));
  const v1::Action build = Finish("build");
  for (int i = 0; i < 3; ++i) {
    bus_.ForgetIds();
    Publish(ActionMessage(build));
    ASSERT_TRUE(TakeActions(process));
  }
  EXPECT_THAT(ActionPipelines(), UnorderedElementsAre("build", "test"));
  Publish(ActionMessage(Finish("test")));
  ASSERT_TRUE(TakeActions(process));
  EXPECT_THAT(ActionPipelines(), UnorderedElementsAre("build", "test", "deploy"));
  const v1::Action deploy = Finish("deploy");
  EXPECT_EQ(deploy.spec().transaction().stage(), 3);
  EXPECT_EQ(deploy.spec().transaction().id(), build.metadata().name());
  EXPECT_THAT(deploy.spec().upstream().via(), ElementsAre("build", "test"));
  for (const v1::Action& action : adapter_.Actions()) {
    EXPECT_EQ(action.status().has_dispatch_time(), action.spec().pipeline().name() != "deploy");
  }
  EXPECT_THAT(bus_.Stored(bus::kActions), IsEmpty());
}

TEST_F(DispatcherChainsTest, TheBarrierServesChainsToo) {
  adapter_.Apply(EventPipeline("build", "push"));
  Process process(bus_, adapter_);
  Publish(EventMessage("push", "/repo", "1"));
  ASSERT_TRUE(TakeEvents(process));
  adapter_.HoldWatches(true);
  adapter_.Apply(ChainedPipeline("test", "build"));
  Publish(ActionMessage(Finish("build")));
  ASSERT_TRUE(TakeActions(process));
  EXPECT_THAT(ActionPipelines(), UnorderedElementsAre("build", "test"));
}

TEST_F(DispatcherChainsTest, AChainEndsAfterNinePipelinesAndIsMarkedDispatched) {
  adapter_.Apply(EventPipeline("start", "push"));
  adapter_.Apply(ChainedPipeline("ping"));
  adapter_.Apply(ChainedPipeline("pong"));
  Process process(bus_, adapter_);
  Publish(EventMessage("push", "/repo", "1"));
  ASSERT_TRUE(TakeEvents(process));
  // Every stored Action finishes, until nothing new comes.
  std::set<std::string> finished;
  for (bool more = true; more;) {
    more = false;
    for (v1::Action action : adapter_.Actions()) {
      // One branch is enough: ping and pong in turns.
      if (action.spec().upstream().pipeline() == "start" &&
          action.spec().pipeline().name() == "pong") {
        continue;
      }
      if (!finished.insert(action.metadata().name()).second) continue;
      action.mutable_status()->set_completion(v1::COMPLETION_SUCCESS);
      Publish(ActionMessage(action));
      more = true;
    }
    while (TakeActions(process)) {
    }
  }
  int last_stage = 0;
  for (const v1::Action& action : adapter_.Actions()) {
    last_stage = std::max(last_stage, action.spec().transaction().stage());
    EXPECT_LE(action.spec().upstream().via_size(), kMaxVia);
    if (action.spec().upstream().via_size() == kMaxVia) {
      EXPECT_TRUE(action.status().has_dispatch_time()) << "it is not published for ever";
    }
  }
  EXPECT_EQ(last_stage, kMaxVia + 1);
  EXPECT_THAT(bus_.Stored(bus::kActions), IsEmpty());
  EXPECT_THAT(bus_.Stored(bus::kDead), IsEmpty());
}

TEST_F(DispatcherChainsTest, AFinishedActionThatIsGoneIsDone) {
  Process process(bus_, adapter_);
  Publish(ActionMessage(FinishedAction("build")));
  ASSERT_TRUE(TakeActions(process));
  EXPECT_THAT(bus_.Stored(bus::kActions), IsEmpty());
  EXPECT_THAT(bus_.Stored(bus::kDead), IsEmpty());
}

TEST_F(DispatcherChainsTest, WhatIsNoFinishedActionIsADeadLetter) {
  Process process(bus_, adapter_);
  bus::Message message = ActionMessage(FinishedAction("build"));
  message.payload = "{}";
  Publish(message);
  ASSERT_TRUE(TakeActions(process));
  EXPECT_EQ(DeadHeader("er-dead-reason"), "NOT_A_FINISHED_ACTION");
  EXPECT_THAT(bus_.Stored(bus::kActions), IsEmpty());
}

TEST_F(DispatcherChainsTest, AFinishedActionInADeadLetterIsNotPublishedForEver) {
  adapter_.Apply(EventPipeline("build", "push"));
  Process process(bus_, adapter_);
  Publish(EventMessage("push", "/repo", "1"));
  ASSERT_TRUE(TakeEvents(process));
  const v1::Action build = Finish("build");
  bus::Message message = ActionMessage(build);
  message.payload = "{}";
  Publish(message);
  ASSERT_TRUE(TakeActions(process));
  EXPECT_THAT(adapter_.Refused(),
              ElementsAre(Pair(build.metadata().name(), HasSubstr("NOT_A_FINISHED_ACTION"))));
  EXPECT_THAT(bus_.Stored(bus::kActions), IsEmpty());
}

}  // namespace
}  // namespace eventreactor::dispatcher
