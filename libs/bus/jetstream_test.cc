// Against a real nats-server.
#include "libs/bus/jetstream.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "absl/time/clock.h"
#include "libs/bus/nats_server_fixture.h"
#include "libs/status/status.h"

namespace eventreactor::bus {
namespace {

TEST(Smoke, PublishAndFetch) {
  auto server = *NatsServerFixture::Start();
  auto bus = *JetStreamBus::Connect(server->Services());
  for (int i = 0; i < 300 && !bus->Connected(); ++i) absl::SleepFor(absl::Milliseconds(10));
  absl::Status s = bus->EnsureStreams({});
  ASSERT_TRUE(s.ok()) << s;
  s = bus->EnsureStreams({});
  ASSERT_TRUE(s.ok()) << s;
  s = bus->VerifyStreams();
  ASSERT_TRUE(s.ok()) << s;
  auto ack = bus->Publish({"er.event.a.b", {{"ce-id", "1"}, {"x", "y"}}, "hello", "id1"});
  ASSERT_TRUE(ack.ok()) << ack.status();
  auto consumer = *bus->Consume(kEvents, "dispatcher");
  auto got = consumer->Fetch(10, absl::Seconds(2));
  ASSERT_TRUE(got.ok()) << got.status();
  ASSERT_EQ(got->size(), 1u);
  EXPECT_EQ((*got)[0]->message().payload, "hello");
  EXPECT_EQ((*got)[0]->message().id, "id1");
  EXPECT_TRUE((*got)[0]->Ack().ok());
  auto feed = *bus->Read(kFeed, "er.feed.>");
  auto fed = feed->Next(10, absl::Seconds(2));
  ASSERT_TRUE(fed.ok()) << fed.status();
  EXPECT_EQ(fed->size(), 1u);
  auto log = bus->Publish({"er.log.a.b.c", {{"ce-id", "1"}, {"x", "y"}}, "hello", "id1"});
  auto last = bus->Last(kLog, "er.log.a.b.c");
  ASSERT_TRUE(last.ok()) << last.status();
  EXPECT_EQ(last->message.payload, "hello");
  EXPECT_EQ(last->message.Header("x"), "y");
  EXPECT_EQ(last->message.id, "id1");
  ASSERT_TRUE(bus->Purge(kLog, "er.log.a.b.*").ok());
  EXPECT_EQ(bus->Last(kLog, "er.log.a.b.c").status().code(), absl::StatusCode::kNotFound);
}

}  // namespace
}  // namespace eventreactor::bus
