#include "services/dispatcher/dispatcher.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <map>
#include <set>

#include "libs/status/status.h"
#include "services/dispatcher/testing.h"

namespace eventreactor::dispatcher {
namespace {

using eventreactor::testing::ChainedPipeline;
using eventreactor::testing::EventPipeline;
using eventreactor::testing::FinishedAction;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::UnorderedElementsAre;

class DispatcherTest : public ::testing::Test {
 protected:
  void Publish(const bus::Message& message) {
    const auto ack = bus_.Publish(message);
    ASSERT_TRUE(ack.ok()) << ack.status();
  }

  // Lets one dispatcher take what is due, once. False if nothing was.
  bool Take(Dispatcher& dispatcher, const char* stream) {
    bus_.Advance(absl::Minutes(2));  // past every backoff and ack_wait
    auto consumer = bus_.Consume(stream, "dispatcher");
    auto batch = (*consumer)->Fetch(32, absl::ZeroDuration());
    if (!batch.ok() || batch->empty()) return false;
    dispatcher.Handle(*std::move(batch));
    return true;
  }
  bool TakeEvents(Process& process) { return Take(process.events, bus::kEvents); }
  bool TakeActions(Process& process) { return Take(process.actions, bus::kActions); }

  std::vector<std::string> ActionPipelines() const {
    std::vector<std::string> names;
    for (const auto& action : adapter_.Actions()) names.push_back(action.spec().pipeline().name());
    return names;
  }

  // The finished form of the one Action of that Pipeline that is stored.
  v1::Action Finish(const std::string& pipeline) {
    for (v1::Action action : adapter_.Actions()) {
      if (action.spec().pipeline().name() != pipeline) continue;
      action.mutable_status()->set_completion(v1::COMPLETION_SUCCESS);
      return action;
    }
    ADD_FAILURE() << "no action of " << pipeline;
    return {};
  }

  std::string DeadHeader(const char* name) const {
    const auto dead = bus_.Stored(bus::kDead);
    return dead.size() == 1 ? dead[0].message.Header(name) : "";
  }

  bus::FakeBus bus_;
  FakeAdapter adapter_;
};

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

TEST_F(DispatcherTest, WhileTheAdapterIsDownEventsWaitAndNoneIsLost) {
  adapter_.Apply(EventPipeline("build", "push"));
  Process process(bus_, adapter_);
  for (int i = 0; i < 20; ++i) Publish(EventMessage("push", "/repo", std::to_string(i)));
  adapter_.Fail(absl::UnavailableError("connection refused"));
  const int calls = adapter_.Calls("Create");
  for (int round = 0; round < 8; ++round) TakeEvents(process);
  EXPECT_EQ(adapter_.Calls("Create"), calls + 1) << "the first failure closes the gate";
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

TEST_F(DispatcherTest, ARefusedActionIsThatPipelinesDecisionAndADeadLetter) {
  adapter_.Apply(EventPipeline("a", "push"));
  adapter_.Apply(EventPipeline("b", "push"));
  adapter_.Apply(EventPipeline("c", "push"));
  Process process(bus_, adapter_);
  adapter_.SetHook([](const std::string& call, const std::string& object) {
    return call == "Create" && object == "b"
               ? MakeStatus(absl::StatusCode::kInvalidArgument, "DENIED", "the policy\nsays no")
               : absl::OkStatus();
  });
  Publish(EventMessage("push", "/repo", "1"));
  ASSERT_TRUE(TakeEvents(process));
  EXPECT_THAT(ActionPipelines(), UnorderedElementsAre("a", "c"));
  const v1::EventStatus status = adapter_.Events().at(0).status();
  ASSERT_EQ(status.decisions_size(), 3);
  EXPECT_TRUE(status.decisions(1).matched());
  EXPECT_EQ(status.decisions(1).action(), "");
  EXPECT_EQ(status.decisions(1).message(), "the policy\nsays no");
  EXPECT_THAT(bus_.Stored(bus::kEvents), IsEmpty());
  ASSERT_EQ(bus_.Stored(bus::kDead).size(), 1U);
  EXPECT_EQ(DeadHeader("er-dead-reason"), "DENIED");
  EXPECT_EQ(DeadHeader("er-dead-message"), "b: the policy says no");
  EXPECT_EQ(DeadHeader("er-dead-attempts"), "1");
  EXPECT_EQ(DeadHeader("er-namespace"), "default");
  EXPECT_EQ(bus_.Stored(bus::kDead)[0].message.payload, "data of 1");
  EXPECT_EQ(bus_.Stored(bus::kDead)[0].message.subject, "er.dead.event.default.push");
}

TEST_F(DispatcherTest, NothingIsAcknowledgedThatWouldHaveToBeADeadLetterAndIsNot) {
  adapter_.Apply(EventPipeline("a", "push"));
  Process process(bus_, adapter_);
  adapter_.SetHook([](const std::string& call, const std::string&) {
    return call == "Create" ? absl::InvalidArgumentError("no") : absl::OkStatus();
  });
  bus_.SetFull(bus::kDead, true);
  Publish(EventMessage("push", "/repo", "1"));
  ASSERT_TRUE(TakeEvents(process));
  EXPECT_EQ(bus_.Stored(bus::kEvents).size(), 1U);
  EXPECT_THAT(adapter_.Events(), IsEmpty());
  bus_.SetFull(bus::kDead, false);
  ASSERT_TRUE(TakeEvents(process));
  EXPECT_EQ(bus_.Stored(bus::kDead).size(), 1U);
  EXPECT_EQ(adapter_.Events().size(), 1U);
  EXPECT_THAT(bus_.Stored(bus::kEvents), IsEmpty());
}

TEST_F(DispatcherTest, AnEventThatIsRefusedForGoodIsADeadLetter) {
  Process process(bus_, adapter_);
  adapter_.SetHook([](const std::string& call, const std::string&) {
    return call == "Record" ? MakeStatus(absl::StatusCode::kNotFound, "NAMESPACE_NOT_FOUND", "gone")
                            : absl::OkStatus();
  });
  Publish(EventMessage("push", "/repo", "1"));
  ASSERT_TRUE(TakeEvents(process));
  EXPECT_EQ(DeadHeader("er-dead-reason"), "NAMESPACE_NOT_FOUND");
  EXPECT_THAT(bus_.Stored(bus::kEvents), IsEmpty());
}

TEST_F(DispatcherTest, AnAdapterThatDoesNotKnowACallIsNoFaultOfTheMessage) {
  Process process(bus_, adapter_);
  adapter_.SetHook([](const std::string& call, const std::string&) {
    return call == "Record" ? absl::UnimplementedError("being upgraded") : absl::OkStatus();
  });
  Publish(EventMessage("push", "/repo", "1"));
  ASSERT_TRUE(TakeEvents(process));
  EXPECT_THAT(bus_.Stored(bus::kDead), IsEmpty());
  EXPECT_EQ(bus_.Stored(bus::kEvents).size(), 1U);
}

TEST_F(DispatcherTest, ADamagedStoreIsNoFaultOfTheMessage) {
  adapter_.Apply(EventPipeline("build", "push"));
  Process process(bus_, adapter_);
  adapter_.SetHook([](const std::string& call, const std::string&) {
    return call == "Create" ? MakeStatus(absl::StatusCode::kDataLoss, "STORE_CORRUPT", "damaged")
                            : absl::OkStatus();
  });
  Publish(EventMessage("push", "/repo", "1"));
  ASSERT_TRUE(TakeEvents(process));
  EXPECT_THAT(bus_.Stored(bus::kDead), IsEmpty());
  EXPECT_THAT(adapter_.Events(), IsEmpty());
  EXPECT_EQ(bus_.Stored(bus::kEvents).size(), 1U);
}

TEST_F(DispatcherTest, WhatIsNoEventIsADeadLetterAndTheOthersGoOn) {
  adapter_.Apply(EventPipeline("build", "push"));
  Process process(bus_, adapter_);
  const auto broken = [&](const std::string& id, const std::string& header,
                          const std::string& value) {
    bus::Message message = EventMessage("push", "/repo", id);
    for (auto& entry : message.headers) {
      if (entry.first == header) entry.second = value;
    }
    Publish(message);
  };
  broken("bad-1", "er-namespace", "Not A Namespace");
  broken("bad-2", "er-namespace", "");
  broken("bad-3", "ce-source", "");
  broken("bad-4", "ce-type", "%FF");
  broken("bad-5", "ce-specversion", "0.3");
  Publish(EventMessage("push", "/repo", "good"));
  while (TakeEvents(process)) {
  }
  EXPECT_EQ(bus_.Stored(bus::kDead).size(), 5U);
  EXPECT_EQ(adapter_.CreatedEver(), 1);
  EXPECT_THAT(bus_.Stored(bus::kEvents), IsEmpty());
}

TEST_F(DispatcherTest, OnlyAMessageThatCrashesAProcessOfItsOwnIsBuried) {
  adapter_.Apply(EventPipeline("build", "push"));
  Process process(bus_, adapter_);
  process.prober.answer = [](const std::vector<const bus::Message*>& messages) {
    for (const bus::Message* message : messages) {
      if (message->payload == "data of poison") return Verdict::kCrashes;
    }
    return Verdict::kHarmless;
  };
  Publish(EventMessage("push", "/repo", "poison"));
  Publish(EventMessage("push", "/repo", "bystander"));
  // Lent and never given back: as when the process dies with them.
  auto consumer = bus_.Consume(bus::kEvents, "dispatcher");
  for (uint64_t attempt = 1; attempt <= kTrustedAttempts; ++attempt) {
    ASSERT_EQ((*consumer)->Fetch(10, absl::ZeroDuration())->size(), 2U);
    bus_.Advance(absl::Minutes(2));
  }
  EXPECT_EQ(process.prober.tries, 0);
  ASSERT_TRUE(TakeEvents(process));
  EXPECT_EQ(DeadHeader("er-dead-reason"), "CRASHED_DISPATCHER");
  EXPECT_EQ(DeadHeader("er-dead-attempts"), "6");
  EXPECT_EQ(adapter_.CreatedEver(), 1) << "the bystander is dispatched";
  EXPECT_THAT(bus_.Stored(bus::kEvents), IsEmpty());
}

TEST_F(DispatcherTest, WhatCannotBeTriedIsNotBuried) {
  Process process(bus_, adapter_);
  process.prober.answer = [](const auto&) { return Verdict::kUnknown; };
  Publish(EventMessage("push", "/repo", "1"));
  auto consumer = bus_.Consume(bus::kEvents, "dispatcher");
  for (uint64_t attempt = 1; attempt <= kTrustedAttempts; ++attempt) {
    ASSERT_EQ((*consumer)->Fetch(10, absl::ZeroDuration())->size(), 1U);
    bus_.Advance(absl::Minutes(2));
  }
  ASSERT_TRUE(TakeEvents(process));
  EXPECT_THAT(bus_.Stored(bus::kDead), IsEmpty());
  EXPECT_EQ(bus_.Stored(bus::kEvents).size(), 1U);
}

TEST_F(DispatcherTest, AFinishedActionTriggersItsChainOnce) {
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

TEST_F(DispatcherTest, TheBarrierServesChainsToo) {
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

TEST_F(DispatcherTest, AChainEndsAfterNinePipelinesAndIsMarkedDispatched) {
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

TEST_F(DispatcherTest, AFinishedActionThatIsGoneIsDone) {
  Process process(bus_, adapter_);
  Publish(ActionMessage(FinishedAction("build")));
  ASSERT_TRUE(TakeActions(process));
  EXPECT_THAT(bus_.Stored(bus::kActions), IsEmpty());
  EXPECT_THAT(bus_.Stored(bus::kDead), IsEmpty());
}

TEST_F(DispatcherTest, WhatIsNoFinishedActionIsADeadLetter) {
  Process process(bus_, adapter_);
  bus::Message message = ActionMessage(FinishedAction("build"));
  message.payload = "{}";
  Publish(message);
  ASSERT_TRUE(TakeActions(process));
  EXPECT_EQ(DeadHeader("er-dead-reason"), "NOT_A_FINISHED_ACTION");
  EXPECT_THAT(bus_.Stored(bus::kActions), IsEmpty());
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
