#include "libs/bus/pub_ack.h"

#include <gtest/gtest.h>

#include "libs/status/status.h"

namespace eventreactor::bus {
namespace {

std::string Error(const std::string& fields) {
  return R"({"type":"x","error":{"code":503,)" + fields + R"(},"stream":"S","seq":0})";
}

TEST(PubAck, HoldsStreamAndSequence) {
  const auto ack = ParsePubAck(R"({"stream":"ER_EVENTS","seq":7,"domain":"d"})");
  ASSERT_TRUE(ack.ok()) << ack.status();
  EXPECT_EQ(ack->stream, "ER_EVENTS");
  EXPECT_EQ(ack->sequence, 7u);
  EXPECT_FALSE(ack->duplicate);
  EXPECT_TRUE(ParsePubAck(R"({"stream":"S","seq":7,"duplicate":true})")->duplicate);
}

TEST(PubAck, AFullStreamIsBusFull) {
  for (const char* fields : {R"("err_code":10077,"description":"maximum bytes exceeded")",
                             R"("err_code":10077,"description":"maximum messages exceeded")",
                             R"("err_code":10023,"description":"insufficient resources")",
                             R"("err_code":10047,"description":"insufficient storage")"}) {
    const auto ack = ParsePubAck(Error(fields));
    EXPECT_EQ(ack.status().code(), absl::StatusCode::kResourceExhausted) << fields;
    EXPECT_EQ(Reason(ack.status()), "BUS_FULL") << fields;
  }
}

TEST(PubAck, OtherRefusalsKeepTheServersWords) {
  const auto ack = ParsePubAck(Error(R"("err_code":10077,"description":"disk on fire")"));
  EXPECT_EQ(ack.status().code(), absl::StatusCode::kUnavailable);
  EXPECT_NE(eventreactor::Message(ack.status()).find("disk on fire (10077)"), std::string::npos);
  EXPECT_EQ(Reason(ParsePubAck(Error(R"("err_code":10054,"description":"too big")")).status()),
            "MESSAGE_TOO_LARGE");
}

TEST(PubAck, WhatIsNoAnswerIsNoAck) {
  for (const char* text : {"", "{", "[]", "7", R"({"seq":0})", R"({"seq":"x"})", R"({"stream":7})",
                           R"({"error":7})", R"({"stream":"S"})", "\xFF"}) {
    EXPECT_EQ(ParsePubAck(text).status().code(), absl::StatusCode::kUnavailable) << text;
  }
}

}  // namespace
}  // namespace eventreactor::bus
