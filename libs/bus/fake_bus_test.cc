#include "libs/bus/fake_bus.h"

#include <gtest/gtest.h>

#include <future>

#include "libs/status/status.h"

namespace eventreactor::bus {
namespace {

Message Event(const std::string& id) {
  return {"er.event.default.t", {{"ce-id", id}}, "data of " + id, id};
}

std::vector<std::unique_ptr<Delivery>> Take(Consumer& consumer, int max = 10) {
  auto taken = consumer.Fetch(max, absl::ZeroDuration());
  EXPECT_TRUE(taken.ok()) << taken.status();
  return taken.ok() ? std::move(*taken) : std::vector<std::unique_ptr<Delivery>>();
}

TEST(FakeBus, StoresAndDelivers) {
  FakeBus bus;
  const auto ack = bus.Publish(Event("1"));
  ASSERT_TRUE(ack.ok()) << ack.status();
  EXPECT_EQ(ack->stream, kEvents);
  EXPECT_EQ(ack->sequence, 1u);
  EXPECT_FALSE(ack->duplicate);
  auto consumer = *bus.Consume(kEvents, "dispatcher");
  const auto taken = Take(*consumer);
  ASSERT_EQ(taken.size(), 1u);
  EXPECT_EQ(taken[0]->message().payload, "data of 1");
  EXPECT_EQ(taken[0]->message().Header("ce-id"), "1");
  EXPECT_EQ(taken[0]->message().Header("CE-ID"), "");
  EXPECT_EQ(taken[0]->attempt(), 1u);
  EXPECT_TRUE(taken[0]->Ack().ok());
  EXPECT_TRUE(bus.Stored(kEvents).empty());
}

TEST(FakeBus, KnowsAnIdAgainWithinTheWindow) {
  FakeBus bus;
  ASSERT_TRUE(bus.Publish(Event("1")).ok());
  const auto again = bus.Publish(Event("1"));
  ASSERT_TRUE(again.ok());
  EXPECT_TRUE(again->duplicate);
  EXPECT_EQ(again->sequence, 1u);
  bus.Advance(absl::Minutes(11));
  EXPECT_FALSE(bus.Publish(Event("1"))->duplicate);
  bus.ForgetIds();
  EXPECT_FALSE(bus.Publish(Event("1"))->duplicate);
  EXPECT_EQ(bus.StoredEver(kEvents), 3u);
}

TEST(FakeBus, RedeliversAfterNakAndAfterAckWait) {
  FakeBus bus;
  ASSERT_TRUE(bus.Publish(Event("1")).ok());
  auto consumer = *bus.Consume(kEvents, "dispatcher");
  auto first = Take(*consumer);
  ASSERT_EQ(first.size(), 1u);
  ASSERT_TRUE(first[0]->Nak(absl::Minutes(5)).ok());
  EXPECT_TRUE(Take(*consumer).empty());
  bus.Advance(absl::Minutes(5));
  auto second = Take(*consumer);
  ASSERT_EQ(second.size(), 1u);
  EXPECT_EQ(second[0]->attempt(), 2u);
  bus.Advance(absl::Seconds(59));
  ASSERT_TRUE(second[0]->InProgress().ok());
  bus.Advance(absl::Seconds(59));
  EXPECT_TRUE(Take(*consumer).empty());
  bus.Advance(absl::Seconds(2));
  EXPECT_EQ(Take(*consumer).size(), 1u);
}

TEST(FakeBus, FetchWaitsForAMessage) {
  FakeBus bus;
  auto consumer = *bus.Consume(kEvents, "dispatcher");
  auto fetched =
      std::async(std::launch::async, [&] { return consumer->Fetch(1, absl::Seconds(60)); });
  ASSERT_TRUE(bus.Publish(Event("1")).ok());
  auto taken = fetched.get();
  ASSERT_TRUE(taken.ok());
  EXPECT_EQ(taken->size(), 1u);
}

TEST(FakeBus, RefusesWhenFull) {
  FakeBus bus;
  bus.SetFull(kEvents, true);
  const auto refused = bus.Publish(Event("1"));
  EXPECT_EQ(refused.status().code(), absl::StatusCode::kResourceExhausted);
  EXPECT_EQ(Reason(refused.status()), "BUS_FULL");
  bus.SetFull(kEvents, false);
  EXPECT_TRUE(bus.Publish(Event("1")).ok());
}

TEST(FakeBus, LogsDropTheOldestAtTheBound) {
  FakeBus::Options options;
  options.max_messages = 2;
  FakeBus bus(options);
  for (const char* id : {"1", "2", "3"}) {
    ASSERT_TRUE(bus.Publish({"er.log.n.a.s", {}, id, id}).ok());
  }
  const auto kept = bus.Stored(kLog);
  ASSERT_EQ(kept.size(), 2u);
  EXPECT_EQ(kept[0].message.payload, "2");
}

TEST(FakeBus, AnswersBusDownWhileSwitchedDown) {
  FakeBus bus;
  ASSERT_TRUE(bus.Publish(Event("1")).ok());
  auto consumer = *bus.Consume(kEvents, "dispatcher");
  auto taken = Take(*consumer);
  bus.SetConnected(false);
  EXPECT_FALSE(bus.Connected());
  EXPECT_EQ(Reason(bus.Publish(Event("2")).status()), "BUS_DOWN");
  EXPECT_EQ(Reason(taken.at(0)->Ack()), "BUS_DOWN");
  EXPECT_EQ(Reason(consumer->Fetch(1, absl::ZeroDuration()).status()), "BUS_DOWN");
  bus.SetConnected(true);
  EXPECT_EQ(bus.Stored(kEvents).size(), 1u);
  EXPECT_TRUE(taken.at(0)->Ack().ok());
}

TEST(FakeBus, ALostAnswerWasStoredAllTheSame) {
  FakeBus bus;
  bus.LoseAnswers(1);
  EXPECT_EQ(Reason(bus.Publish(Event("1")).status()), "BUS_DOWN");
  EXPECT_TRUE(bus.Publish(Event("1"))->duplicate);
}

TEST(FakeBus, ReadsLastsAndPurges) {
  FakeBus bus;
  for (const char* id : {"1", "2", "3"}) {
    const std::string step = std::string(id) == "3" ? "t" : "s";
    ASSERT_TRUE(bus.Publish({"er.log.n.a." + step, {}, id, id}).ok());
  }
  auto reader = *bus.Read(kLog, "er.log.n.a.s");
  EXPECT_EQ(reader->Next(1, absl::ZeroDuration())->at(0).message.payload, "1");
  EXPECT_EQ(reader->Next(5, absl::ZeroDuration())->at(0).message.payload, "2");
  EXPECT_TRUE(reader->Next(5, absl::ZeroDuration())->empty());
  EXPECT_EQ(bus.Last(kLog, "er.log.n.a.s")->message.payload, "2");
  EXPECT_EQ(bus.Last(kLog, "er.log.n.a.u").status().code(), absl::StatusCode::kNotFound);
  ASSERT_TRUE(bus.Purge(kLog, "er.log.n.a.s").ok());
  EXPECT_EQ(bus.Stored(kLog).size(), 1u);
}

TEST(FakeBus, FindsTheNextOfAFilterAndRemovesOne) {
  FakeBus bus;
  for (const char* step : {"s", "t", "s"}) {
    ASSERT_TRUE(bus.Publish({std::string("er.log.n.a.") + step, {}, step, ""}).ok());
  }
  EXPECT_EQ(bus.Next(kLog, "er.log.n.*.s", 1)->sequence, 1u);
  EXPECT_EQ(bus.Next(kLog, "er.log.n.*.s", 2)->sequence, 3u);
  EXPECT_EQ(bus.Last(kLog, "er.log.>")->sequence, 3u);
  EXPECT_TRUE(bus.Remove(kLog, 3).ok());
  EXPECT_EQ(Reason(bus.Remove(kLog, 3)), "MESSAGE_NOT_FOUND");
  EXPECT_EQ(Reason(bus.Next(kLog, "er.log.n.*.s", 2).status()), "MESSAGE_NOT_FOUND");
}

TEST(FakeBus, FeedsTapsWithACopy) {
  FakeBus bus;
  ASSERT_TRUE(bus.Publish(Event("1")).ok());
  ASSERT_TRUE(bus.Publish(Event("1")).ok());
  const auto feed = bus.Stored(kFeed);
  ASSERT_EQ(feed.size(), 1u);
  EXPECT_EQ(feed[0].message.subject, "er.feed.event.default.t");
}

TEST(FakeBus, RefusesWhatTheProtocolCannotCarry) {
  FakeBus bus;
  EXPECT_EQ(Reason(bus.Publish({"er.event.*", {}, "", ""}).status()), "INVALID_SUBJECT");
  EXPECT_EQ(Reason(bus.Publish({"er.event.a", {{"a", "b\r\nc: d"}}, "", ""}).status()),
            "INVALID_HEADER");
  EXPECT_EQ(Reason(bus.Publish({"er.event.a", {{"a:b", "c"}}, "", ""}).status()), "INVALID_HEADER");
  EXPECT_EQ(Reason(bus.Publish({"er.event.a", {}, std::string(3 << 20, 'x'), ""}).status()),
            "MESSAGE_TOO_LARGE");
}

TEST(FakeBus, DeliveriesMayOutliveTheBus) {
  std::vector<std::unique_ptr<Delivery>> taken;
  {
    FakeBus bus;
    ASSERT_TRUE(bus.Publish(Event("1")).ok());
    auto consumer = *bus.Consume(kEvents, "dispatcher");
    taken = Take(*consumer);
  }
  ASSERT_EQ(taken.size(), 1u);
  EXPECT_TRUE(taken[0]->Ack().ok());
}

}  // namespace
}  // namespace eventreactor::bus
