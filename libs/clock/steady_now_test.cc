#include "libs/clock/steady_now.h"

#include <gtest/gtest.h>

namespace eventreactor {
namespace {

TEST(SteadyNow, BeginsWithTheTimeOfDayAndNeverGoesBack) {
  const absl::Time first = SteadyNow();
  EXPECT_LT(absl::AbsDuration(absl::Now() - first), absl::Minutes(1));
  absl::Time last = first;
  for (int i = 0; i < 1000; ++i) {
    const absl::Time now = SteadyNow();
    ASSERT_GE(now, last);
    last = now;
  }
  EXPECT_GT(last, first);
}

}  // namespace
}  // namespace eventreactor
