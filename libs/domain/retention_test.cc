#include "libs/domain/retention.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>

namespace eventreactor {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

const absl::Time kRetentionNow = absl::FromUnixSeconds(1'800'000'000);

Retained Aged(const std::string& name, absl::Duration age, const std::string& ns = "default") {
  Retained object;
  object.ns = ns;
  object.name = name;
  object.uid = "uid-" + name;
  object.since = kRetentionNow - age;
  return object;
}

struct RetentionCase {
  RetentionRule rule;
  absl::Duration minimum_age = absl::ZeroDuration();
  size_t capacity = 1000;
  std::vector<Retained> there;
  std::vector<std::string> held = {};
};

RetentionLedger::Verdict Judge(const RetentionCase& c) {
  RetentionLedger ledger(c.rule, {c.minimum_age, c.capacity}, kRetentionNow);
  for (const Retained& object : c.there) ledger.Add(object);
  EXPECT_EQ(ledger.total(), static_cast<int64_t>(c.there.size()));
  return ledger.Decide([&](const Retained& object) {
    return std::find(c.held.begin(), c.held.end(), object.name) != c.held.end();
  });
}

std::vector<std::string> Gone(const RetentionLedger::Verdict& verdict) {
  std::vector<std::string> names;
  for (const Expired& expired : verdict.gone) {
    names.push_back(expired.object.name +
                    (expired.cause == RetentionCause::kPeriod ? " period" : " count"));
  }
  return names;
}

std::vector<Retained> Five() {
  return {Aged("c", absl::Hours(3)), Aged("a", absl::Hours(5)), Aged("e", absl::Hours(1)),
          Aged("b", absl::Hours(4)), Aged("d", absl::Hours(2))};
}

TEST(RetentionTest, WithoutRulesNothingGoes) {
  EXPECT_THAT(Gone(Judge({.rule = {}, .there = Five()})), IsEmpty());
}

TEST(RetentionTest, WhatIsOlderThanThePeriodGoesOldestFirst) {
  EXPECT_THAT(Gone(Judge({.rule = {.period = absl::Hours(3)}, .there = Five()})),
              ElementsAre("a period", "b period", "c period"));
}

TEST(RetentionTest, OfMoreThanTheCountTheOldestGo) {
  EXPECT_THAT(Gone(Judge({.rule = {.count = 2}, .there = Five()})),
              ElementsAre("a count", "b count", "c count"));
  EXPECT_THAT(Gone(Judge({.rule = {.count = 5}, .there = Five()})), IsEmpty());
}

TEST(RetentionTest, EitherRuleIsEnough) {
  EXPECT_THAT(Gone(Judge({.rule = {absl::Hours(5), 3}, .there = Five()})),
              ElementsAre("a period", "b count"));
  EXPECT_THAT(Gone(Judge({.rule = {absl::Hours(4), 4}, .there = Five()})),
              ElementsAre("a period", "b period"));
}

TEST(RetentionTest, TheCountIsOfEachNamespace) {
  std::vector<Retained> there = Five();
  there.push_back(Aged("x", absl::Hours(100), "other"));
  there.push_back(Aged("y", absl::Hours(90), "other"));
  EXPECT_THAT(Gone(Judge({.rule = {.count = 2}, .there = there})),
              ElementsAre("a count", "b count", "c count"));
}

TEST(RetentionTest, AcrossNamespacesTheOldestGoFirst) {
  std::vector<Retained> there = Five();
  there.push_back(Aged("x", absl::Hours(100), "other"));
  EXPECT_THAT(Gone(Judge({.rule = {.period = absl::Hours(5)}, .there = there})),
              ElementsAre("x period", "a period"));
}

TEST(RetentionTest, WhatIsNeededStaysAndNoneGoesInItsPlace) {
  const auto verdict = Judge({.rule = {.count = 3}, .there = Five(), .held = {"a"}});
  EXPECT_THAT(Gone(verdict), ElementsAre("b count"));
  EXPECT_EQ(verdict.held, 1);
}

TEST(RetentionTest, WhatIsNeededButWithinTheRulesCountsAsKeptByNone) {
  EXPECT_EQ(Judge({.rule = {.count = 5}, .there = Five(), .held = {"a"}}).held, 0);
}

TEST(RetentionTest, TheYoungStayWhateverTheCount) {
  const auto verdict =
      Judge({.rule = {.count = 1}, .minimum_age = absl::Minutes(150), .there = Five()});
  EXPECT_THAT(Gone(verdict), ElementsAre("a count", "b count", "c count"));
  EXPECT_FALSE(verdict.partial);
}

TEST(RetentionTest, AClockThatWentBackMakesNothingOld) {
  EXPECT_THAT(Gone(Judge({.rule = {absl::Nanoseconds(1), 1},
                          .there = {Aged("later", -absl::Hours(1)), Aged("b", -absl::Hours(2))}})),
              IsEmpty());
}

TEST(RetentionTest, OfOneAgeTheNameDecidesTheSameEveryTime) {
  EXPECT_THAT(Gone(Judge({.rule = {.count = 1},
                          .there = {Aged("b", absl::Hours(1)), Aged("a", absl::Hours(1))}})),
              ElementsAre("a count"));
}

TEST(RetentionTest, BeyondItsCapacityItDecidesRightButNotAll) {
  const auto verdict = Judge({.rule = {.count = 1}, .capacity = 2, .there = Five()});
  EXPECT_THAT(Gone(verdict), ElementsAre("a count", "b count"));
  EXPECT_TRUE(verdict.partial) << "c and d go, too";
}

TEST(RetentionTest, WhatItForgotButWouldStayIsNothingToComeBackFor) {
  EXPECT_FALSE(Judge({.rule = {.count = 4}, .capacity = 2, .there = Five()}).partial);
}

TEST(RetentionTest, ABusyNamespaceDoesNotCrowdOutTheOthers) {
  std::vector<Retained> there = {Aged("x", absl::Hours(100), "quiet"),
                                 Aged("y", absl::Hours(1), "quiet")};
  for (Retained& object : Five()) there.push_back(object);
  const auto verdict = Judge({.rule = {.count = 1}, .capacity = 4, .there = there});
  EXPECT_THAT(Gone(verdict), ElementsAre("x count", "a count", "b count"));
  EXPECT_TRUE(verdict.partial);
}

TEST(RetentionTest, RepeatedAfterWhatWentItComesToAnEnd) {
  std::vector<Retained> there;
  for (int i = 0; i < 1000; ++i) {
    there.push_back(Aged("n" + std::to_string(1000 + i), absl::Hours(2000 - i)));
  }
  int sweeps = 0;
  bool partial = true;
  while (partial) {
    ASSERT_LT(++sweeps, 50);
    const auto verdict = Judge({.rule = {.count = 10}, .capacity = 64, .there = there});
    partial = verdict.partial;
    // The oldest stand first, and are what goes.
    there.erase(there.begin(), there.begin() + static_cast<long>(verdict.gone.size()));
    for (const Expired& expired : verdict.gone) {
      ASSERT_LT(expired.object.name, there.front().name);
    }
  }
  EXPECT_EQ(there.size(), 10U);
  EXPECT_EQ(there.front().name, "n1990");
}

TEST(RetentionTest, SaysWhy) {
  const auto by_count = Judge({.rule = {.count = 4}, .there = Five()});
  EXPECT_EQ(DescribeExpiry(by_count.gone.at(0), {.count = 4}, kRetentionNow),
            "is 5h old, one of the 1 oldest: the namespace has 5, and the count is 4");
  const RetentionRule week{.period = absl::Hours(168)};
  const auto by_period = Judge({.rule = week, .there = {Aged("a", absl::Hours(200))}});
  EXPECT_EQ(DescribeExpiry(by_period.gone.at(0), week, kRetentionNow),
            "is 8d8h old, and the period is 168h");
}

}  // namespace
}  // namespace eventreactor
