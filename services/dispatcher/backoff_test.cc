#include "services/dispatcher/backoff.h"

#include <gtest/gtest.h>

namespace eventreactor::dispatcher {
namespace {

TEST(BackoffTest, DoublesUpToTheLongest) {
  EXPECT_EQ(Backoff(1, 0), absl::Milliseconds(200));
  EXPECT_EQ(Backoff(2, 0), absl::Milliseconds(400));
  EXPECT_EQ(Backoff(5, 0), absl::Milliseconds(3200));
  EXPECT_EQ(Backoff(7, 0), absl::Seconds(10));
  EXPECT_EQ(Backoff(UINT64_MAX, 0), absl::Seconds(10));
  EXPECT_EQ(Backoff(0, 0), absl::Milliseconds(200));
}

TEST(BackoffTest, TheDiceTakeAtMostHalf) {
  EXPECT_EQ(Backoff(1, 0.5), absl::Milliseconds(150));
  for (int i = 0; i < 1000; ++i) {
    const absl::Duration wait = Backoff(3);
    ASSERT_GE(wait, absl::Milliseconds(400));
    ASSERT_LE(wait, absl::Milliseconds(800));
  }
}

}  // namespace
}  // namespace eventreactor::dispatcher
