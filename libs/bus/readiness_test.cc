#include "libs/bus/readiness.h"

#include <gtest/gtest.h>

#include <vector>

#include "libs/status/status.h"

namespace eventreactor::bus {
namespace {

class ReadinessTest : public ::testing::Test {
 protected:
  void CheckAfter(absl::Duration wait) {
    now_ += wait;
    readiness_.Check(now_);
  }

  bool connected_ = true;
  absl::Status streams_;
  int verified_ = 0;
  std::vector<std::string> changes_;  // Reasons; "" is ready.
  absl::Time now_ = absl::UnixEpoch();
  Readiness readiness_{
      {[this] { return connected_; },
       [this] {
         ++verified_;
         return streams_;
       },
       [this](const absl::Status& status) { changes_.push_back(Reason(status)); }}};
};

TEST_F(ReadinessTest, IsNotBeforeTheFirstLook) { EXPECT_FALSE(readiness_.status().ok()); }

TEST_F(ReadinessTest, NeedsConnectionAndStreams) {
  connected_ = false;
  CheckAfter(absl::ZeroDuration());
  EXPECT_EQ(Reason(readiness_.status()), "BUS_DOWN");
  EXPECT_EQ(verified_, 0) << "nobody is there to ask";
  connected_ = true;
  streams_ = absl::FailedPreconditionError("ER_EVENTS is not there");
  CheckAfter(absl::Seconds(1));
  EXPECT_EQ(Reason(readiness_.status()), "STREAMS_UNFIT");
  EXPECT_EQ(eventreactor::Message(readiness_.status()), "ER_EVENTS is not there");
  streams_ = absl::OkStatus();
  CheckAfter(absl::Seconds(1));
  EXPECT_TRUE(readiness_.status().ok());
  EXPECT_EQ(changes_, (std::vector<std::string>{"BUS_DOWN", "STREAMS_UNFIT", ""}));
}

TEST_F(ReadinessTest, AsksSeldomWhileAllIsWell) {
  for (int i = 0; i < 19; ++i) CheckAfter(absl::Milliseconds(500));
  EXPECT_EQ(verified_, 1);
  CheckAfter(absl::Seconds(1));
  EXPECT_EQ(verified_, 2);
  EXPECT_EQ(changes_.size(), 1U);
}

TEST_F(ReadinessTest, AsksEverySecondUntilItIs) {
  streams_ = absl::FailedPreconditionError("no");
  for (int i = 0; i < 8; ++i) CheckAfter(absl::Milliseconds(500));
  EXPECT_EQ(verified_, 4);
  EXPECT_EQ(changes_.size(), 1U) << "the same is no change";
}

TEST_F(ReadinessTest, AsksAnewAfterAReconnect) {
  CheckAfter(absl::ZeroDuration());
  connected_ = false;
  CheckAfter(absl::Milliseconds(500));
  EXPECT_EQ(Reason(readiness_.status()), "BUS_DOWN");
  connected_ = true;
  streams_ = absl::FailedPreconditionError("the new server has none");
  CheckAfter(absl::Milliseconds(500));
  EXPECT_EQ(Reason(readiness_.status()), "STREAMS_UNFIT");
}

}  // namespace
}  // namespace eventreactor::bus
