#include "libs/bus/nats_message.h"

#include <gtest/gtest.h>

namespace eventreactor::bus {
namespace {

using Headers = std::vector<std::pair<std::string, std::string>>;

TEST(HeaderBlock, IsReadInOrder) {
  Message message;
  ParseHeaderBlock("NATS/1.0\r\nce-id: 1\r\nNats-Msg-Id: x\r\nk: a: b\r\nempty:\r\n\r\n", message);
  EXPECT_EQ(message.headers, (Headers{{"ce-id", "1"}, {"k", "a: b"}, {"empty", ""}}));
  EXPECT_EQ(message.id, "x");
}

TEST(HeaderBlock, WhatIsNoHeaderIsLeftOut) {
  for (const char* block : {"", "NATS/1.0", "NATS/1.0\r\n\r\n", "NATS/1.0 503\r\n\r\n",
                            "NATS/1.0\r\nnothing\r\n: x\r\n", "a: b"}) {
    Message message;
    ParseHeaderBlock(block, message);
    EXPECT_TRUE(message.headers.empty()) << block;
  }
}

TEST(AckSubject, SaysWhichDeliveryItIs) {
  const auto ack = ParseAckSubject("$JS.ACK.ER_EVENTS.dispatcher.3.17.42.1700000000000000001.5");
  ASSERT_TRUE(ack.ok()) << ack.status();
  EXPECT_EQ(ack->attempt, 3u);
  EXPECT_EQ(ack->stream_sequence, 17u);
  EXPECT_EQ(ack->consumer_sequence, 42u);
  EXPECT_EQ(ack->stored_at, absl::FromUnixNanos(1700000000000000001));
}

TEST(AckSubject, MayHaveDomainAndAccount) {
  const auto ack = ParseAckSubject("$JS.ACK._.hash.ER_EVENTS.dispatcher.3.17.42.1700.5.random");
  ASSERT_TRUE(ack.ok()) << ack.status();
  EXPECT_EQ(ack->stream_sequence, 17u);
}

TEST(AckSubject, OthersAreRefused) {
  for (const char* subject : {"", "$JS.ACK", "$JS.ACK.s.c.1.2.3.4", "$JS.API.s.c.1.2.3.4.5",
                              "$JS.ACK.s.c.x.2.3.4.5", "a.b.c.d.e.f.g.h.i"}) {
    EXPECT_FALSE(ParseAckSubject(subject).ok()) << subject;
  }
}

TEST(NatsMessage, ComesBackAsItWent) {
  ASSERT_EQ(nats_Open(-1), NATS_OK);
  const Message message{"a.b", {{"k", "1"}, {"k", "2"}}, std::string("\0\xFF", 2), "id"};
  const auto msg = ToNats(message, "reply.to");
  ASSERT_TRUE(msg.ok()) << msg.status();
  const Message back = FromNats(msg->get());
  EXPECT_EQ(back.subject, message.subject);
  EXPECT_EQ(back.headers, message.headers);
  EXPECT_EQ(back.payload, message.payload);
  EXPECT_EQ(back.id, message.id);
  EXPECT_STREQ(natsMsg_GetReply(msg->get()), "reply.to");
}

TEST(NatsMessage, AHeaderWithoutAValueIsNotSent) {
  ASSERT_EQ(nats_Open(-1), NATS_OK);
  const auto msg = ToNats({"a.b", {{"empty", ""}, {"k", "1"}, {"blank", " \t"}}, "", ""}, "");
  ASSERT_TRUE(msg.ok()) << msg.status();
  EXPECT_EQ(FromNats(msg->get()).headers, (Headers{{"k", "1"}}));
}

}  // namespace
}  // namespace eventreactor::bus
