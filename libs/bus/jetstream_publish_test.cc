// Publishing, against a real nats-server.
#include <gmock/gmock.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <future>
#include <set>
#include <thread>

#include "libs/bus/bus_errors.h"
#include "libs/bus/jetstream_testing.h"

namespace eventreactor::bus {
namespace {

using ::testing::HasSubstr;

// Longer than any test may take: what depends on it never ends.
constexpr absl::Duration kNever = absl::Hours(24);

using JetStreamPublish = JetStreamTest;

std::future<absl::StatusOr<PublishAck>> PublishLater(Bus& bus, const Message& message,
                                                     absl::Duration timeout) {
  auto answer = std::make_shared<std::promise<absl::StatusOr<PublishAck>>>();
  bus.PublishAsync(message, timeout,
                   [answer](absl::StatusOr<PublishAck> ack) { answer->set_value(std::move(ack)); });
  return answer->get_future();
}

TEST_F(JetStreamPublish, AnswersWithStreamAndSequence) {
  const PublishAck first = Publish(Event("1"));
  EXPECT_EQ(first.stream, kEvents);
  EXPECT_EQ(first.sequence, 1u);
  EXPECT_FALSE(first.duplicate);
  EXPECT_EQ(Publish(Event("2")).sequence, 2u);
}

TEST_F(JetStreamPublish, AnIdIsStoredOnce) {
  Publish(Event("1"));
  const PublishAck again = Publish(Event("1"));
  EXPECT_TRUE(again.duplicate);
  EXPECT_EQ(again.sequence, 1u);
  EXPECT_EQ(Stored(kEvents), 1);
}

TEST_F(JetStreamPublish, AKilledServerKnowsTheIdsOfWhatItStillHolds) {
  Publish(Event("1"));
  KillAndRestart();
  EXPECT_TRUE(Publish(Event("1")).duplicate);
  EXPECT_EQ(Stored(kEvents), 1);
}

TEST_F(JetStreamPublish, WhatWasAnsweredSurvivesAKill) {
  for (int i = 0; i < 200; ++i) Publish(Event(std::to_string(i)));
  KillAndRestart();
  EXPECT_EQ(Stored(kEvents), 200);
}

TEST_F(JetStreamPublish, HeadersAndBinaryDataArriveWhole) {
  Message message = Event("1");
  message.payload = std::string("\0\xFF\r\n\0", 5);
  message.headers = {{"ce-id", "a:b, c"}, {"er-x", "1"}, {"er-x", "2"}};
  Publish(message);
  auto consumer = *bus_->Consume(kEvents, "test");
  const auto taken = Fetch(*consumer, 1, kNever);
  ASSERT_EQ(taken.size(), 1u);
  const Message& got = taken[0]->message();
  EXPECT_EQ(got.subject, message.subject);
  EXPECT_EQ(got.payload, message.payload);
  EXPECT_EQ(got.id, "1");
  EXPECT_EQ(got.Header("ce-id"), "a:b, c");
  EXPECT_EQ(std::count(got.headers.begin(), got.headers.end(),
                       std::pair<std::string, std::string>("er-x", "2")),
            1);
  EXPECT_EQ(got.headers.size(), 3u);
}

TEST_F(JetStreamPublish, AHeaderWithoutAValueHarmsNoOther) {
  for (const char* name : {"a", "ce-empty", "er-x", "z"}) {
    Message message = Event(name);
    message.headers = {{"ce-id", "1"}, {name, ""}, {"er-namespace", "default"}, {"zz", "2"}};
    Publish(message);
  }
  auto consumer = *bus_->Consume(kEvents, "test");
  const auto taken = Fetch(*consumer, 4, kNever);
  ASSERT_EQ(taken.size(), 4u);
  for (const auto& delivery : taken) {
    const Message& got = delivery->message();
    EXPECT_EQ(got.headers.size(), 3u) << got.id;
    EXPECT_EQ(got.Header("ce-id"), "1") << got.id;
    EXPECT_EQ(got.Header("er-namespace"), "default") << got.id;
    EXPECT_EQ(got.Header("zz"), "2") << got.id;
  }
}

TEST_F(JetStreamPublish, AMessageOfTheLargestDataAndHeadersFits) {
  Message message = Event("1");
  message.payload.assign(size_t{1} << 20, 'x');
  message.headers = {{"ce-x", std::string(kMaxHeaderBytes - 100, 'y')}};
  Publish(message);
  // Buried, it has room for the reason.
  message.subject = "er.dead.event.default.t";
  message.headers.emplace_back("er-dead-message", std::string(4000, 'z'));
  Publish(message);
  message.subject = "er.event.default.t";
  EXPECT_EQ(Reason(bus_->Publish(message).status()), "MESSAGE_TOO_LARGE");
  message.headers.clear();
  message.payload.assign(size_t{2} << 20, 'x');
  EXPECT_EQ(Reason(bus_->Publish(message).status()), "MESSAGE_TOO_LARGE");
}

TEST_F(JetStreamPublish, AFullStreamRefuses) {
  StreamLimits limits;
  limits.events_max_bytes = 4096;
  ASSERT_TRUE(bus_->EnsureStreams(limits).ok());
  Message message = Event("");
  message.payload.assign(1000, 'x');
  absl::StatusOr<PublishAck> ack = PublishAck();
  for (int i = 0; i < 10 && ack.ok(); ++i) ack = bus_->Publish(message);
  EXPECT_EQ(ack.status().code(), absl::StatusCode::kResourceExhausted);
  EXPECT_EQ(Reason(ack.status()), "BUS_FULL");
  // The others have room, and so has this one after a message was taken.
  Publish({"er.action.default.p.success", {}, "x", ""});
  auto consumer = *bus_->Consume(kEvents, "test");
  const auto taken = Fetch(*consumer, 1, kNever);
  ASSERT_EQ(taken.size(), 1u);
  ASSERT_TRUE(taken[0]->Ack().ok());
  EXPECT_TRUE(Eventually([&] { return bus_->Publish(message).ok(); }));
}

TEST_F(JetStreamPublish, SaysSoWhereNoStreamTakesTheMessage) {
  const absl::Status refused = bus_->Publish({"er.nothing.takes.this", {}, "x", ""}).status();
  EXPECT_EQ(Reason(refused), "BUS_DOWN");
  EXPECT_THAT(eventreactor::Message(refused), HasSubstr("the stream is missing"));
}

TEST_F(JetStreamPublish, WhatWasRefusedWhileDisconnectedIsNeverSentLater) {
  Publish(Event("1"));
  server_->Kill();
  for (int i = 0; i < 50; ++i) {
    EXPECT_EQ(Reason(bus_->Publish(Event("lost-" + std::to_string(i)), kNever).status()),
              "BUS_DOWN");
  }
  KillAndRestart();
  EXPECT_EQ(Publish(Event("2")).sequence, 2u);
  EXPECT_EQ(Stored(kEvents), 2);
}

TEST_F(JetStreamPublish, ADyingConnectionFailsWhatIsUnderWay) {
  server_->Pause();
  auto answer = PublishLater(*bus_, Event("1"), kNever);
  server_->Kill();
  EXPECT_EQ(Reason(answer.get().status()), "BUS_DOWN");
}

TEST_F(JetStreamPublish, ASilentServerIsDownAfterTheTimeout) {
  server_->Pause();
  const absl::Status late = bus_->Publish(Event("1"), absl::Milliseconds(20)).status();
  EXPECT_EQ(Reason(late), "BUS_DOWN");
  EXPECT_THAT(eventreactor::Message(late), HasSubstr("may or may not be stored"));
  server_->Resume();
  // It was stored: the same id is known.
  EXPECT_TRUE(Publish(Event("1")).duplicate);
}

TEST_F(JetStreamPublish, ClosingTheBusAnswersWhatIsUnderWay) {
  server_->Pause();
  auto answer = PublishLater(*bus_, Event("1"), kNever);
  bus_.reset();
  EXPECT_EQ(Reason(answer.get().status()), "BUS_DOWN");
}

TEST_F(JetStreamPublish, ACallbackMayPublish) {
  std::promise<absl::StatusOr<PublishAck>> second;
  bus_->PublishAsync(Event("1"), kNever, [&](const absl::StatusOr<PublishAck>& first) {
    EXPECT_TRUE(first.ok());
    bus_->PublishAsync(Event("2"), kNever,
                       [&](absl::StatusOr<PublishAck> ack) { second.set_value(std::move(ack)); });
  });
  const auto ack = second.get_future().get();
  ASSERT_TRUE(ack.ok()) << ack.status();
  EXPECT_EQ(ack->sequence, 2u);
}

TEST_F(JetStreamPublish, EachOfManyThreadsGetsItsOwnAnswer) {
  std::mutex mu;
  std::set<uint64_t> sequences;
  std::vector<std::thread> publishers;
  for (int t = 0; t < 4; ++t) {
    publishers.emplace_back([&, t] {
      for (int i = 0; i < 100; ++i) {
        const PublishAck ack = Publish(Event(std::to_string(t) + "-" + std::to_string(i)));
        const std::lock_guard lock(mu);
        sequences.insert(ack.sequence);
      }
    });
  }
  for (std::thread& publisher : publishers) publisher.join();
  EXPECT_EQ(sequences.size(), 400u);
  EXPECT_EQ(*sequences.rbegin(), 400u);
}

TEST(JetStreamConnect, WaitsForAServerThatIsNotThereYet) {
  auto server = NatsServerFixture::Start();
  ASSERT_TRUE(server.ok()) << server.status();
  (*server)->Kill();
  auto bus = JetStreamBus::Connect((*server)->Services());
  ASSERT_TRUE(bus.ok()) << bus.status();
  EXPECT_FALSE((*bus)->Connected());
  EXPECT_EQ(Reason((*bus)->Publish({"er.event.a", {}, "", ""}).status()), "BUS_DOWN");
  EXPECT_EQ(Reason((*bus)->EnsureStreams({})), "BUS_DOWN");
  ASSERT_TRUE((*server)->Restart().ok());
  EXPECT_TRUE(Eventually([&] { return (*bus)->EnsureStreams({}).ok(); }));
}

TEST(JetStreamConnect, TriesAgainAfterAWrongPassword) {
  auto server = NatsServerFixture::Start();
  ASSERT_TRUE(server.ok()) << server.status();
  ConnectOptions options = (*server)->Services();
  const std::string right = options.password_file;
  options.password_file = right + ".other";
  std::ofstream(options.password_file) << "wrong\n";
  auto bus = JetStreamBus::Connect(options);
  ASSERT_TRUE(bus.ok()) << bus.status();
  ASSERT_TRUE(Eventually([&] {
    const std::string why = eventreactor::Message((*bus)->VerifyStreams());
    return why.find("uthentication") != std::string::npos ||
           why.find("uthorization") != std::string::npos;
  })) << (*bus)->VerifyStreams();
  // The file is read again at each try.
  std::filesystem::copy_file(right, options.password_file,
                             std::filesystem::copy_options::overwrite_existing);
  EXPECT_TRUE(Eventually([&] { return (*bus)->Connected(); }));
}

TEST(JetStreamConnect, ClosesWhileThereIsNoServer) {
  auto server = NatsServerFixture::Start();
  ASSERT_TRUE(server.ok()) << server.status();
  (*server)->Kill();
  auto bus = *JetStreamBus::Connect((*server)->Services());
  auto consumer = *bus->Consume(kEvents, "test");
  bus.reset();
  EXPECT_EQ(Reason(consumer->Fetch(1, absl::ZeroDuration()).status()), "BUS_DOWN");
}

}  // namespace
}  // namespace eventreactor::bus
