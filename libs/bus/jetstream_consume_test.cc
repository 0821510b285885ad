// Consuming and reading, against a real nats-server.
#include <atomic>
#include <future>
#include <map>
#include <mutex>
#include <set>
#include <thread>

#include "libs/bus/jetstream_testing.h"

namespace eventreactor::bus {
namespace {

constexpr absl::Duration kLong = absl::Minutes(5);

using JetStreamConsume = JetStreamTest;
using JetStreamRead = JetStreamTest;

TEST_F(JetStreamConsume, AnAckTakesTheMessageOffTheQueue) {
  const absl::Time before = absl::Now() - absl::Minutes(1);
  Publish(Event("1"));
  auto consumer = *bus_->Consume(kEvents, "test");
  const auto taken = Fetch(*consumer, 10, kLong);
  ASSERT_EQ(taken.size(), 1u);
  EXPECT_EQ(taken[0]->message().payload, "data of 1");
  EXPECT_EQ(taken[0]->attempt(), 1u);
  EXPECT_EQ(taken[0]->sequence(), 1u);
  EXPECT_GT(taken[0]->stored_at(), before);
  EXPECT_TRUE(taken[0]->InProgress().ok());
  ASSERT_TRUE(taken[0]->Ack().ok());
  EXPECT_TRUE(Eventually([&] { return Stored(kEvents) == 0; }));
}

TEST_F(JetStreamConsume, FetchReturnsWhatIsThereWithoutWaitingForMore) {
  for (int i = 0; i < 3; ++i) Publish(Event(std::to_string(i)));
  auto consumer = *bus_->Consume(kEvents, "test");
  EXPECT_EQ(Fetch(*consumer, 2, kLong).size(), 2u);
  EXPECT_EQ(Fetch(*consumer, 100, kLong).size(), 1u);
  EXPECT_EQ(Fetch(*consumer, 100, absl::ZeroDuration()).size(), 0u);
}

TEST_F(JetStreamConsume, FetchWaitsForAMessage) {
  auto consumer = *bus_->Consume(kEvents, "test");
  auto fetched = std::async(std::launch::async, [&] { return consumer->Fetch(10, kLong); });
  Publish(Event("1"));
  const auto taken = fetched.get();
  ASSERT_TRUE(taken.ok()) << taken.status();
  EXPECT_EQ(taken->size(), 1u);
}

TEST_F(JetStreamConsume, ANakRedelivers) {
  Publish(Event("1"));
  auto consumer = *bus_->Consume(kEvents, "test");
  auto taken = Fetch(*consumer, 1, kLong);
  ASSERT_EQ(taken.size(), 1u);
  ASSERT_TRUE(taken[0]->Nak(absl::ZeroDuration()).ok());
  taken = Fetch(*consumer, 1, kLong);
  ASSERT_EQ(taken.size(), 1u);
  EXPECT_EQ(taken[0]->attempt(), 2u);
  ASSERT_TRUE(taken[0]->Nak(absl::Milliseconds(100)).ok());
  taken = Fetch(*consumer, 1, kLong);
  ASSERT_EQ(taken.size(), 1u);
  EXPECT_EQ(taken[0]->attempt(), 3u);
}

TEST_F(JetStreamConsume, ANakWithADelayHoldsItBack) {
  Publish(Event("1"));
  auto consumer = *bus_->Consume(kEvents, "test");
  auto taken = Fetch(*consumer, 1, kLong);
  ASSERT_EQ(taken.size(), 1u);
  ASSERT_TRUE(taken[0]->Nak(absl::Hours(1)).ok());
  Publish(Event("2"));
  taken = Fetch(*consumer, 10, kLong);
  ASSERT_EQ(taken.size(), 1u);
  EXPECT_EQ(taken[0]->message().id, "2");
  EXPECT_EQ(Fetch(*consumer, 10, absl::Milliseconds(50)).size(), 0u);
}

TEST_F(JetStreamConsume, FetchersShareTheQueue) {
  constexpr int kMessages = 300;
  auto consumer = *bus_->Consume(kEvents, "test");
  auto second = *bus_->Consume(kEvents, "test");
  std::mutex mu;
  std::map<std::string, int> times;
  std::atomic<int> taken_in_all = 0;
  std::vector<std::thread> fetchers;
  for (int t = 0; t < 4; ++t) {
    fetchers.emplace_back([&, t] {
      Consumer& mine = t % 2 == 0 ? *consumer : *second;
      while (taken_in_all < kMessages) {
        for (const auto& delivery : Fetch(mine, 16, absl::Milliseconds(200))) {
          EXPECT_TRUE(delivery->Ack().ok());
          ++taken_in_all;
          const std::lock_guard lock(mu);
          ++times[delivery->message().id];
        }
      }
    });
  }
  for (int i = 0; i < kMessages; ++i) Publish(Event(std::to_string(i)));
  for (std::thread& fetcher : fetchers) fetcher.join();
  EXPECT_EQ(times.size(), size_t{kMessages});
  EXPECT_TRUE(Eventually([&] { return Stored(kEvents) == 0; }));
}

TEST_F(JetStreamConsume, AFetchOutlastsAKillOfTheServer) {
  auto consumer = *bus_->Consume(kEvents, "test");
  Publish(Event("1"));
  ASSERT_EQ(Fetch(*consumer, 1, kLong).size(), 1u);
  auto fetched = std::async(std::launch::async, [&] { return consumer->Fetch(10, kLong); });
  KillAndRestart();
  Publish(Event("2"));
  const auto taken = fetched.get();
  ASSERT_TRUE(taken.ok()) << taken.status();
  ASSERT_FALSE(taken->empty());
}

TEST_F(JetStreamConsume, AnAckCountsOverANewConnection) {
  Publish(Event("1"));
  auto consumer = *bus_->Consume(kEvents, "test");
  const auto taken = Fetch(*consumer, 1, kLong);
  ASSERT_EQ(taken.size(), 1u);
  server_->Kill();
  ASSERT_TRUE(Eventually([&] { return !bus_->Connected(); }));
  EXPECT_EQ(Reason(taken[0]->Ack()), "BUS_DOWN");
  KillAndRestart();
  EXPECT_TRUE(Eventually([&] { return taken[0]->Ack().ok() && Stored(kEvents) == 0; }));
}

// A killed server may have forgotten the last acks, but no message.
TEST_F(JetStreamConsume, WhatWasNotAckedComesAfterAKill) {
  for (int i = 0; i < 20; ++i) Publish(Event(std::to_string(i)));
  auto consumer = *bus_->Consume(kEvents, "test");
  for (const auto& delivery : Fetch(*consumer, 10, kLong)) ASSERT_TRUE(delivery->Ack().ok());
  ASSERT_TRUE(Eventually([&] { return Stored(kEvents) == 10; }));
  KillAndRestart();
  std::set<std::string> missing;
  for (int i = 10; i < 20; ++i) missing.insert(std::to_string(i));
  while (!missing.empty()) {
    const auto rest = Fetch(*consumer, 20, kLong);
    ASSERT_FALSE(rest.empty());
    for (const auto& delivery : rest) missing.erase(delivery->message().id);
  }
}

TEST_F(JetStreamConsume, AStreamMadeAnewIsTakenUpAgain) {
  auto consumer = *bus_->Consume(kEvents, "test");
  auto fetched = std::async(std::launch::async, [&] { return consumer->Fetch(10, kLong); });
  Api("STREAM.DELETE.ER_EVENTS");
  ASSERT_TRUE(bus_->EnsureStreams({}).ok());
  Publish(Event("1"));
  const auto taken = fetched.get();
  ASSERT_TRUE(taken.ok()) << taken.status();
  EXPECT_EQ(taken->size(), 1u);
}

TEST_F(JetStreamConsume, AMissingStreamIsSaid) {
  Api("STREAM.DELETE.ER_EVENTS");
  auto consumer = *bus_->Consume(kEvents, "test");
  EXPECT_EQ(Reason(consumer->Fetch(1, absl::ZeroDuration()).status()), "STREAM_MISSING");
}

TEST_F(JetStreamConsume, TheWorkQueueHasOneConsumer) {
  auto consumer = *bus_->Consume(kEvents, "test");
  Fetch(*consumer, 1, absl::ZeroDuration());
  auto other = *bus_->Consume(kEvents, "other");
  EXPECT_EQ(Reason(other->Fetch(1, kLong).status()), "CONSUMER_REFUSED");
  EXPECT_EQ(bus_->Consume("ER.EVENTS", "test").status().code(), absl::StatusCode::kInvalidArgument);
  EXPECT_EQ(bus_->Consume(kEvents, "a b").status().code(), absl::StatusCode::kInvalidArgument);
}

TEST_F(JetStreamConsume, TheConsumerIsAsTheDesignSays) {
  auto consumer = *bus_->Consume(kEvents, "test");
  Fetch(*consumer, 1, absl::ZeroDuration());
  const nlohmann::json config = Api("CONSUMER.INFO.ER_EVENTS.test").at("config");
  EXPECT_EQ(config.at("ack_policy"), "explicit");
  EXPECT_EQ(config.at("ack_wait"), int64_t{60'000'000'000});
  EXPECT_EQ(config.at("max_deliver"), -1);
  EXPECT_EQ(config.at("max_ack_pending"), 20'000);
}

TEST_F(JetStreamRead, ReadsASubjectInOrderFromTheFirst) {
  for (int i = 0; i < 5; ++i) {
    Publish({"er.log.n.a.s", {{"n", std::to_string(i)}}, std::to_string(i), ""});
    Publish({"er.log.n.b.s", {}, "other", ""});
  }
  auto reader = *bus_->Read(kLog, "er.log.n.a.*");
  std::string read;
  while (read.size() < 5) {
    const auto next = reader->Next(2, kLong);
    ASSERT_TRUE(next.ok()) << next.status();
    for (const StoredMessage& stored : *next) read += stored.message.payload;
  }
  EXPECT_EQ(read, "01234");
  EXPECT_TRUE(reader->Next(2, absl::ZeroDuration())->empty());
  EXPECT_EQ(Stored(kLog), 10);
}

TEST_F(JetStreamRead, GoesOnAfterAKillOfTheServer) {
  auto reader = *bus_->Read(kLog, "er.log.n.a.*");
  Publish({"er.log.n.a.s", {}, "1", ""});
  ASSERT_EQ(reader->Next(10, kLong)->size(), 1u);
  auto next = std::async(std::launch::async, [&] { return reader->Next(10, kLong); });
  KillAndRestart();
  Publish({"er.log.n.a.s", {}, "2", ""});
  const auto read = next.get();
  ASSERT_TRUE(read.ok()) << read.status();
  ASSERT_EQ(read->size(), 1u);
  EXPECT_EQ(read->at(0).message.payload, "2");
  EXPECT_EQ(read->at(0).sequence, 2u);
}

TEST_F(JetStreamRead, LeavesNoConsumerBehind) {
  {
    auto reader = *bus_->Read(kLog, "er.log.>");
    ASSERT_TRUE(reader->Next(1, absl::ZeroDuration()).ok());
    EXPECT_EQ(Api("CONSUMER.NAMES.ER_LOG").at("total"), 1);
  }
  EXPECT_TRUE(Eventually([&] { return Api("CONSUMER.NAMES.ER_LOG").at("total") == 0; }));
}

TEST_F(JetStreamRead, LastIsTheLastOfASubject) {
  Publish({"er.log.n.a.s", {{"ce-id", "x"}}, std::string("1\0", 2), "id-1"});
  Publish({"er.log.n.a.t", {}, "2", ""});
  const auto last = bus_->Last(kLog, "er.log.n.a.s");
  ASSERT_TRUE(last.ok()) << last.status();
  EXPECT_EQ(last->message.payload, std::string("1\0", 2));
  EXPECT_EQ(last->message.Header("ce-id"), "x");
  EXPECT_EQ(last->message.id, "id-1");
  EXPECT_EQ(last->message.subject, "er.log.n.a.s");
  EXPECT_EQ(last->sequence, 1u);
  EXPECT_LT(last->stored_at, absl::Now() + absl::Minutes(1));
  EXPECT_GT(last->stored_at, absl::Now() - absl::Hours(1));
  EXPECT_EQ(bus_->Last(kLog, "er.log.n.a.u").status().code(), absl::StatusCode::kNotFound);
  EXPECT_EQ(bus_->Last(kLog, "er.log.\"}").status().code(), absl::StatusCode::kNotFound);
}

TEST_F(JetStreamRead, FindsTheNextOfAFilterAndRemovesOne) {
  Publish({"er.log.n.a.s", {{"ce-id", "x"}}, "1", "id-1"});
  Publish({"er.log.n.a.t", {}, "2", ""});
  Publish({"er.log.n.b.s", {}, "3", ""});
  const auto first = bus_->Next(kLog, "er.log.n.*.s", 0);
  ASSERT_TRUE(first.ok()) << first.status();
  EXPECT_EQ(first->sequence, 1u);
  EXPECT_EQ(first->message.Header("ce-id"), "x");
  EXPECT_EQ(first->message.id, "id-1");
  EXPECT_EQ(bus_->Next(kLog, "er.log.n.*.s", 2)->sequence, 3u);
  EXPECT_EQ(bus_->Last(kLog, "er.log.>")->sequence, 3u);
  EXPECT_EQ(bus_->Last(kLog, "er.log.*.a.>")->sequence, 2u);
  EXPECT_TRUE(bus_->Remove(kLog, 3).ok());
  for (const uint64_t gone : {3, 4000}) {
    EXPECT_EQ(Reason(bus_->Remove(kLog, gone)), "MESSAGE_NOT_FOUND") << gone;
  }
  EXPECT_EQ(Reason(bus_->Next(kLog, "er.log.n.*.s", 2).status()), "MESSAGE_NOT_FOUND");
  EXPECT_EQ(Stored(kLog), 2);
}

TEST_F(JetStreamRead, PurgeRemovesASubjectOnly) {
  Publish({"er.log.n.a.s", {}, "1", ""});
  Publish({"er.log.n.a.t", {}, "2", ""});
  Publish({"er.log.n.b.s", {}, "3", ""});
  ASSERT_TRUE(bus_->Purge(kLog, "er.log.n.a.*").ok());
  EXPECT_EQ(Stored(kLog), 1);
}

}  // namespace
}  // namespace eventreactor::bus
