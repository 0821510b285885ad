#include "libs/bus/publish_mux.h"

#include <gtest/gtest.h>

#include <future>

#include "libs/bus/bus_errors.h"
#include "libs/status/status.h"

namespace eventreactor::bus {
namespace {

constexpr absl::Duration kNever = absl::InfiniteDuration();

struct Answered {
  std::promise<absl::StatusOr<PublishAck>> promise;
  Bus::PublishCallback Callback() {
    return [this](absl::StatusOr<PublishAck> ack) { promise.set_value(std::move(ack)); };
  }
  absl::StatusOr<PublishAck> Get() { return promise.get_future().get(); }
};

TEST(PublishMux, AnswersByToken) {
  Answered first;
  Answered second;
  PublishMux mux;
  const std::string one = mux.Add(kNever, first.Callback());
  const std::string two = mux.Add(kNever, second.Callback());
  mux.Answer(two, PublishAck{"S", 2, false});
  mux.Answer(one, PublishAck{"S", 1, false});
  EXPECT_EQ(first.Get()->sequence, 1u);
  EXPECT_EQ(second.Get()->sequence, 2u);
}

TEST(PublishMux, CallsBackOnce) {
  int calls = 0;
  {
    PublishMux mux;
    const std::string token = mux.Add(kNever, [&](const absl::StatusOr<PublishAck>&) { ++calls; });
    mux.Answer(token, PublishAck{"S", 1, false});
    mux.Answer(token, PublishAck{"S", 1, false});
    mux.Fail(token, BusDown("late"));
    for (const char* strange : {"", "x", "-1", "99", "18446744073709551616"}) {
      mux.Answer(strange, PublishAck{});
    }
  }
  EXPECT_EQ(calls, 1);
}

TEST(PublishMux, TheDeadlineIsBusDown) {
  Answered late;
  Answered later;
  PublishMux mux;
  mux.Add(kNever, later.Callback());
  mux.Add(absl::Milliseconds(1), late.Callback());
  EXPECT_EQ(Reason(late.Get().status()), "BUS_DOWN");
  mux.FailAll(BusDown("gone"));
  EXPECT_EQ(eventreactor::Message(later.Get().status()), "gone");
}

TEST(PublishMux, RefusesBeyondItsBound) {
  int failed = 0;
  {
    Answered one_more;
    PublishMux mux;
    for (size_t i = 0; i < kMaxInFlight; ++i) {
      ASSERT_FALSE(mux.Add(kNever, [&](const absl::StatusOr<PublishAck>&) { ++failed; }).empty());
    }
    EXPECT_TRUE(mux.Add(kNever, one_more.Callback()).empty());
    EXPECT_EQ(Reason(one_more.Get().status()), "BUS_BUSY");
  }
  EXPECT_EQ(failed, static_cast<int>(kMaxInFlight));
}

TEST(PublishMux, ACallbackMayCallTheMux) {
  Answered second;
  PublishMux mux;
  mux.Add(kNever, [&](const absl::StatusOr<PublishAck>&) {
    mux.Fail(mux.Add(kNever, second.Callback()), BusDown("again"));
  });
  mux.FailAll(BusDown("once"));
  EXPECT_EQ(eventreactor::Message(second.Get().status()), "again");
}

}  // namespace
}  // namespace eventreactor::bus
