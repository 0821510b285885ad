#include "services/kube-adapter/kube/retry_policy.h"

#include <gtest/gtest.h>

namespace eventreactor::kube {
namespace {

constexpr BackoffPolicy kPolicy{.first = absl::Milliseconds(100), .longest = absl::Seconds(1)};

std::optional<absl::Duration> Delay(const Outcome& outcome, bool repeatable, int attempts = 1) {
  return RetryDelay(outcome, {attempts, 5, repeatable, absl::Seconds(30)}, kPolicy, 0.5);
}

TEST(RetryPolicy, SaysWhatMayBeSentAgain) {
  struct Case {
    Outcome outcome;
    bool if_repeatable;
    bool otherwise;
  };
  const Case cases[] = {
      {{Failure::kNotSent, 0, {}}, true, true},
      {{Failure::kLost, 0, {}}, true, false},
      {{Failure::kFinal, 0, {}}, false, false},
      {{Failure::kAnswered, 429, {}}, true, true},
      {{Failure::kAnswered, 502, {}}, true, false},
      {{Failure::kAnswered, 503, {}}, true, false},
      {{Failure::kAnswered, 504, {}}, true, false},
      {{Failure::kAnswered, 500, {}}, false, false},
      {{Failure::kAnswered, 500, absl::Seconds(1)}, true, false},
      {{Failure::kAnswered, 409, {}}, false, false},
      {{Failure::kAnswered, 404, {}}, false, false},
  };
  for (const Case& c : cases) {
    EXPECT_EQ(Delay(c.outcome, true).has_value(), c.if_repeatable) << c.outcome.code;
    EXPECT_EQ(Delay(c.outcome, false).has_value(), c.otherwise) << c.outcome.code;
  }
}

TEST(RetryPolicy, DoublesItsRangeUpToTheLongest) {
  const Outcome lost{Failure::kLost, 0, {}};
  EXPECT_EQ(Delay(lost, true, 1), absl::Milliseconds(50));
  EXPECT_EQ(Delay(lost, true, 2), absl::Milliseconds(100));
  EXPECT_EQ(Delay(lost, true, 4), absl::Milliseconds(400));
  EXPECT_EQ(Delay(lost, true, 5), std::nullopt) << "that was the last";
  EXPECT_EQ(BackoffDelay(kPolicy, 1000, 0.5), absl::Milliseconds(500));
}

TEST(RetryPolicy, WaitsAsLongAsItWasAskedToAndALittleMore) {
  EXPECT_EQ(Delay({Failure::kAnswered, 429, absl::Seconds(3)}, false), absl::Milliseconds(3050));
}

TEST(RetryPolicy, DoesNotWaitBeyondTheDeadline) {
  const Outcome outcome{Failure::kAnswered, 503, absl::Seconds(3)};
  EXPECT_EQ(RetryDelay(outcome, {1, 5, true, absl::Seconds(3)}, kPolicy, 0.5), std::nullopt);
}

}  // namespace
}  // namespace eventreactor::kube
