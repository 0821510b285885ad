#include "services/dispatcher/dispatcher.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "libs/status/status.h"
#include "services/dispatcher/dispatcher_fixture.h"
#include "services/dispatcher/testing.h"

namespace eventreactor::dispatcher {
namespace {

using eventreactor::fixtures::EventPipeline;
using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::UnorderedElementsAre;

class DispatcherTest : public DispatcherFixture {};

TEST_F(DispatcherTest, AnEventCreatesOneActionPerMatchAndIsRecordedWithAllDecisions) {
  adapter_.Apply(EventPipeline("build", "push"));
  adapter_.Apply(EventPipeline("lint", "push", "^/repo"));
  adapter_.Apply(EventPipeline("other-source", "push", "^/elsewhere"));
  adapter_.Apply(EventPipeline("other-type", "pull"));
  Process process(bus_, adapter_);
  Publish(EventMessage("push", "/repo", "1"));
  ASSERT_TRUE(TakeEvents(process));

  EXPECT_THAT(ActionPipelines(), UnorderedElementsAre("build", "lint"));
  ASSERT_EQ(adapter_.Events().size(), 1U);
  const v1::Event event = adapter_.Events()[0];
  EXPECT_EQ(event.metadata().name(), EventName("default", "/repo", "1"));
  EXPECT_EQ(event.spec().data(), "data of 1");
  EXPECT_TRUE(event.status().has_dispatch_time());
  ASSERT_EQ(event.status().decisions_size(), 3) << "not the one of another type";
  EXPECT_EQ(event.status().decisions(0).pipeline(), "build");
  EXPECT_EQ(event.status().decisions(0).action(), ActionName(event.metadata().name(), "build"));
  EXPECT_EQ(event.status().decisions(1).pipeline(), "lint");
  EXPECT_EQ(event.status().decisions(2).pipeline(), "other-source");
  EXPECT_EQ(event.status().decisions(2).predicate(), "spec.trigger.event.sourcePattern");
  EXPECT_THAT(bus_.Stored(bus::kEvents), IsEmpty());
  EXPECT_EQ(process.event_metrics.dispatched.Value(), 1);
  EXPECT_EQ(process.event_metrics.actions.Value(), 2);
}

TEST_F(DispatcherTest, AnEventThatNobodyWantsIsRecordedToo) {
  Process process(bus_, adapter_);
  Publish(EventMessage("push", "/repo", "1"));
  ASSERT_TRUE(TakeEvents(process));
  ASSERT_EQ(adapter_.Events().size(), 1U);
  EXPECT_EQ(adapter_.Events()[0].status().decisions_size(), 0);
  EXPECT_THAT(adapter_.Actions(), IsEmpty());
}

TEST_F(DispatcherTest, NamespacesDoNotSeeEachOther) {
  v1::Pipeline pipeline = EventPipeline("build", "push");
  pipeline.mutable_metadata()->set_namespace_("team");
  adapter_.Apply(pipeline);
  Process process(bus_, adapter_);
  Publish(EventMessage("push", "/repo", "1", "default"));
  Publish(EventMessage("push", "/repo", "2", "team"));
  ASSERT_TRUE(TakeEvents(process));
  ASSERT_EQ(adapter_.Actions().size(), 1U);
  EXPECT_EQ(adapter_.Actions()[0].metadata().namespace_(), "team");
}

TEST_F(DispatcherTest, ARefusalsListIsBoundedAndTheRestIsCounted) {
  for (int i = 0; i < 130; ++i) {
    adapter_.Apply(EventPipeline("p" + std::to_string(i), "push", "^/elsewhere"));
  }
  adapter_.Apply(EventPipeline("zz", "push"));
  Process process(bus_, adapter_);
  Publish(EventMessage("push", "/repo", "1"));
  ASSERT_TRUE(TakeEvents(process));
  const v1::EventStatus status = adapter_.Events().at(0).status();
  EXPECT_EQ(status.decisions_size(), 101);
  EXPECT_EQ(status.decisions(0).pipeline(), "zz");
  EXPECT_EQ(status.decisions_omitted(), 30);
}

TEST_F(DispatcherTest, ARedeliveryCreatesNothingTwice) {
  adapter_.Apply(EventPipeline("build", "push"));
  Process process(bus_, adapter_);
  for (int i = 0; i < 3; ++i) {
    bus_.ForgetIds();
    Publish(EventMessage("push", "/repo", "1"));
    ASSERT_TRUE(TakeEvents(process));
  }
  EXPECT_EQ(adapter_.CreatedEver(), 1);
  EXPECT_EQ(adapter_.Events().size(), 1U);
  EXPECT_THAT(bus_.Stored(bus::kEvents), IsEmpty());
  EXPECT_THAT(bus_.Stored(bus::kDead), IsEmpty());
}

TEST_F(DispatcherTest, APipelineAppliedAfterTheDispatchDoesNotRunForARedelivery) {
  Process process(bus_, adapter_);
  Publish(EventMessage("push", "/repo", "1"));
  ASSERT_TRUE(TakeEvents(process));
  adapter_.Apply(EventPipeline("late", "push"));
  bus_.ForgetIds();
  Publish(EventMessage("push", "/repo", "1"));
  Process restarted(bus_, adapter_);
  ASSERT_TRUE(TakeEvents(restarted));
  EXPECT_EQ(adapter_.CreatedEver(), 0);
  EXPECT_THAT(bus_.Stored(bus::kEvents), IsEmpty());
}

// The process ends after any one of its calls was made and before it heard
// the answer; another takes over. What is stored in the end is the same.
TEST_F(DispatcherTest, ACrashAfterAnyStepEndsTheSame) {
  for (int crash_at = 1;; ++crash_at) {
    FakeAdapter adapter;
    bus::FakeBus bus;
    adapter.Apply(EventPipeline("a", "push"));
    adapter.Apply(EventPipeline("b", "push"));
    adapter.Apply(EventPipeline("refused", "push"));
    adapter.SetHook([](const std::string& call, const std::string& object) {
      return call == "Create" && object == "refused"
                 ? MakeStatus(absl::StatusCode::kInvalidArgument, "QUOTA", "no more of these")
                 : absl::OkStatus();
    });
    int calls = 0;
    adapter.SetAnswerHook([&](const std::string&, const std::string&) {
      return ++calls == crash_at ? absl::AbortedError("crash") : absl::OkStatus();
    });
    ASSERT_TRUE(bus.Publish(EventMessage("push", "/repo", "1")).ok());
    for (int process = 0; process < 2; ++process) {
      bus.Advance(absl::Minutes(2));
      Process restarted(bus, adapter);
      auto consumer = bus.Consume(bus::kEvents, "dispatcher");
      auto batch = (*consumer)->Fetch(32, absl::ZeroDuration());
      ASSERT_TRUE(batch.ok());
      if (!batch->empty()) restarted.events.Handle(*std::move(batch));
    }
    EXPECT_EQ(adapter.CreatedEver(), 2) << crash_at;
    ASSERT_EQ(adapter.Events().size(), 1U) << crash_at;
    EXPECT_EQ(adapter.Events()[0].status().decisions_size(), 3) << crash_at;
    EXPECT_THAT(bus.Stored(bus::kEvents), IsEmpty()) << crash_at;
    EXPECT_EQ(bus.Stored(bus::kDead).size(), 1U) << crash_at;
    if (calls < crash_at) {
      // Two creates, a barrier, a record.
      EXPECT_EQ(crash_at, 5);
      break;
    }
  }
}

TEST_F(DispatcherTest, ALostAckEndsTheSame) {
  adapter_.Apply(EventPipeline("build", "push"));
  Process process(bus_, adapter_);
  Publish(EventMessage("push", "/repo", "1"));
  adapter_.SetAnswerHook([&](const std::string& call, const std::string&) {
    if (call == "Record") bus_.SetConnected(false);
    return absl::OkStatus();
  });
  ASSERT_TRUE(TakeEvents(process));
  bus_.SetConnected(true);
  EXPECT_EQ(bus_.Stored(bus::kEvents).size(), 1U);
  adapter_.SetAnswerHook(nullptr);
  ASSERT_TRUE(TakeEvents(process));
  EXPECT_EQ(adapter_.CreatedEver(), 1);
  EXPECT_THAT(bus_.Stored(bus::kEvents), IsEmpty());
}

TEST_F(DispatcherTest, TheBarrierCatchesAPipelineThatTheWatchHasNotDelivered) {
  Process process(bus_, adapter_);
  adapter_.HoldWatches(true);
  adapter_.Apply(EventPipeline("new", "push"));
  adapter_.Apply(EventPipeline("new-other-type", "pull"));
  Publish(EventMessage("push", "/repo", "1"));
  ASSERT_TRUE(TakeEvents(process));
  EXPECT_EQ(process.cache.Current()->snapshot().size(), 0U) << "the watch lags";
  EXPECT_THAT(ActionPipelines(), ElementsAre("new"));
  EXPECT_EQ(adapter_.Events().at(0).status().decisions(0).action(),
            adapter_.Actions()[0].metadata().name());
}

TEST_F(DispatcherTest, TheBarrierCatchesAnEditThatTheWatchHasNotDelivered) {
  adapter_.Apply(EventPipeline("build", "push", "^/elsewhere"));
  Process process(bus_, adapter_);
  adapter_.HoldWatches(true);
  adapter_.Apply(EventPipeline("build", "push"));
  Publish(EventMessage("push", "/repo", "1"));
  ASSERT_TRUE(TakeEvents(process));
  ASSERT_EQ(adapter_.CreatedEver(), 1);
  EXPECT_EQ(adapter_.Actions()[0].spec().pipeline().generation(), 2);
  const v1::EventStatus status = adapter_.Events().at(0).status();
  ASSERT_EQ(status.decisions_size(), 1) << "one decision a Pipeline";
  EXPECT_EQ(status.decisions(0).generation(), 2);
}

TEST_F(DispatcherTest, ARecreatedPipelineIsAskedAgain) {
  adapter_.Apply(EventPipeline("build", "push", "^/elsewhere"));
  Process process(bus_, adapter_);
  adapter_.HoldWatches(true);
  adapter_.DeletePipeline("default", "build");
  adapter_.Apply(EventPipeline("build", "push"));
  Publish(EventMessage("push", "/repo", "1"));
  ASSERT_TRUE(TakeEvents(process));
  EXPECT_EQ(adapter_.CreatedEver(), 1);
}

TEST_F(DispatcherTest, AnEditedPipelineRunsOnceForAnEvent) {
  adapter_.Apply(EventPipeline("build", "push"));
  Process process(bus_, adapter_);
  adapter_.HoldWatches(true);
  adapter_.Apply(EventPipeline("build", "push", "^/repo"));
  Publish(EventMessage("push", "/repo", "1"));
  ASSERT_TRUE(TakeEvents(process));
  EXPECT_EQ(adapter_.Calls("Create"), 1);
  EXPECT_EQ(adapter_.Events().at(0).status().decisions(0).generation(), 1);
}

TEST_F(DispatcherTest, TheActionsOfManyMessagesAreCreatedInFewCalls) {
  for (int i = 0; i < 10; ++i) adapter_.Apply(EventPipeline("p" + std::to_string(i), "push"));
  Process process(bus_, adapter_);
  for (int i = 0; i < 20; ++i) Publish(EventMessage("push", "/repo", std::to_string(i)));
  ASSERT_TRUE(TakeEvents(process));
  EXPECT_EQ(adapter_.CreatedEver(), 200);
  EXPECT_EQ(adapter_.Calls("CreateBatch"), 25) << "each has 8 at most";
  EXPECT_EQ(adapter_.Events().size(), 20U);
}

TEST_F(DispatcherTest, ARefusalWithinABatchIsTheFaultOfItsMessageAlone) {
  adapter_.Apply(EventPipeline("build", "push"));
  adapter_.Apply(EventPipeline("lint", "push", "^/lint"));
  Process process(bus_, adapter_);
  adapter_.SetHook([](const std::string& call, const std::string& object) {
    return call == "Create" && object == "lint" ? absl::InvalidArgumentError("no such image")
                                                : absl::OkStatus();
  });
  Publish(EventMessage("push", "/repo", "1"));
  Publish(EventMessage("push", "/lint", "2"));
  ASSERT_TRUE(TakeEvents(process));
  EXPECT_THAT(ActionPipelines(), ElementsAre("build", "build"));
  EXPECT_EQ(adapter_.Events().size(), 2U);
  EXPECT_EQ(bus_.Stored(bus::kDead).size(), 1U);
}

TEST_F(DispatcherTest, AnAdapterWhoseStoreIsAwayIsAskedOnceForAFetch) {
  adapter_.Apply(EventPipeline("build", "push"));
  Process process(bus_, adapter_);
  for (int i = 0; i < 32; ++i) Publish(EventMessage("push", "/repo", std::to_string(i)));
  adapter_.SetHook([](const std::string& call, const std::string& /*object*/) {
    return call == "Create" ? absl::UnavailableError("no API server") : absl::OkStatus();
  });
  ASSERT_TRUE(TakeEvents(process));
  EXPECT_EQ(adapter_.Calls("CreateBatch"), 1);
  EXPECT_FALSE(process.gate.open());
  EXPECT_EQ(bus_.Stored(bus::kEvents).size(), 32U);
}

TEST_F(DispatcherTest, WhileTheAdapterIsDownEventsWaitAndNoneIsLost) {
  adapter_.Apply(EventPipeline("build", "push"));
  Process process(bus_, adapter_);
  for (int i = 0; i < 20; ++i) Publish(EventMessage("push", "/repo", std::to_string(i)));
  adapter_.Fail(absl::UnavailableError("connection refused"));
  const int calls = adapter_.Calls("CreateBatch");
  for (int round = 0; round < 8; ++round) TakeEvents(process);
  EXPECT_EQ(adapter_.Calls("CreateBatch"), calls + 1) << "the first failure closes the gate";
  EXPECT_FALSE(process.gate.open());
  EXPECT_EQ(bus_.Stored(bus::kEvents).size(), 20U);
  EXPECT_THAT(bus_.Stored(bus::kDead), IsEmpty()) << "an outage makes no dead letters";

  adapter_.Fail(absl::OkStatus());
  ASSERT_TRUE(process.gate.Wait());
  ASSERT_TRUE(TakeEvents(process));
  EXPECT_EQ(adapter_.CreatedEver(), 20);
  EXPECT_THAT(bus_.Stored(bus::kEvents), IsEmpty());
}

TEST_F(DispatcherTest, WhatOnlyTheBarrierCannotSayIsTriedAgain) {
  adapter_.Apply(EventPipeline("build", "push"));
  Process process(bus_, adapter_);
  adapter_.SetHook([](const std::string& call, const std::string&) {
    return call == "Barrier" ? absl::InternalError("try later") : absl::OkStatus();
  });
  Publish(EventMessage("push", "/repo", "1"));
  ASSERT_TRUE(TakeEvents(process));
  EXPECT_EQ(adapter_.CreatedEver(), 1) << "the Action does not wait for the barrier";
  EXPECT_THAT(adapter_.Events(), IsEmpty());
  EXPECT_EQ(bus_.Stored(bus::kEvents).size(), 1U);
  adapter_.SetHook(nullptr);
  ASSERT_TRUE(TakeEvents(process));
  EXPECT_EQ(adapter_.CreatedEver(), 1);
  EXPECT_EQ(adapter_.Events().size(), 1U);
}

TEST_F(DispatcherTest, ABurstSharesItsBarriers) {
  adapter_.Apply(EventPipeline("build", "push"));
  Process process(bus_, adapter_);
  for (int i = 0; i < 30; ++i) Publish(EventMessage("push", "/repo", std::to_string(i)));
  ASSERT_TRUE(TakeEvents(process));
  EXPECT_EQ(adapter_.CreatedEver(), 30);
  EXPECT_EQ(adapter_.Calls("Barrier"), 1);
}

}  // namespace
}  // namespace eventreactor::dispatcher
