// What is refused, and what ends in ER_DEAD.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "libs/status/status.h"
#include "services/dispatcher/dispatcher.h"
#include "services/dispatcher/dispatcher_fixture.h"
#include "services/dispatcher/testing.h"

namespace eventreactor::dispatcher {
namespace {

using eventreactor::fixtures::EventPipeline;
using ::testing::IsEmpty;
using ::testing::UnorderedElementsAre;

class DispatcherRefusalsTest : public DispatcherFixture {};

TEST_F(DispatcherRefusalsTest, ARefusedActionIsThatPipelinesDecisionAndADeadLetter) {
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

TEST_F(DispatcherRefusalsTest, NothingIsAcknowledgedThatWouldHaveToBeADeadLetterAndIsNot) {
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

TEST_F(DispatcherRefusalsTest, AnEventThatIsRefusedForGoodIsADeadLetter) {
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

TEST_F(DispatcherRefusalsTest, AnAdapterThatDoesNotKnowACallIsNoFaultOfTheMessage) {
  Process process(bus_, adapter_);
  adapter_.SetHook([](const std::string& call, const std::string&) {
    return call == "Record" ? absl::UnimplementedError("being upgraded") : absl::OkStatus();
  });
  Publish(EventMessage("push", "/repo", "1"));
  ASSERT_TRUE(TakeEvents(process));
  EXPECT_THAT(bus_.Stored(bus::kDead), IsEmpty());
  EXPECT_EQ(bus_.Stored(bus::kEvents).size(), 1U);
}

TEST_F(DispatcherRefusalsTest, ADamagedStoreIsNoFaultOfTheMessage) {
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

TEST_F(DispatcherRefusalsTest, WhatIsNoEventIsADeadLetterAndTheOthersGoOn) {
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

TEST_F(DispatcherRefusalsTest, OnlyAMessageThatCrashesAProcessOfItsOwnIsBuried) {
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

TEST_F(DispatcherRefusalsTest, WhatCannotBeTriedIsNotBuried) {
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

}  // namespace
}  // namespace eventreactor::dispatcher
