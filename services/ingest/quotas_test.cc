#include "services/ingest/quotas.h"

#include <gtest/gtest.h>

#include "libs/status/status.h"

namespace eventreactor::ingest {
namespace {

const absl::Time kQuotaStart = absl::FromUnixSeconds(1'000'000);

Quotas::Options TwoEventsPerSecond() {
  Quotas::Options options;
  options.client.events = 2;
  options.burst = absl::Seconds(2);
  return options;
}

std::string Verdict(Quotas& quotas, const std::string& client, const std::string& ns, Load load,
                    absl::Duration at) {
  return Reason(quotas.Take(client, ns, load, kQuotaStart + at));
}

TEST(Quotas, AreOffUnlessGiven) {
  Quotas quotas({});
  for (int i = 0; i < 1000; ++i) {
    EXPECT_EQ(Verdict(quotas, "c", "n", {1000, 1 << 30}, absl::ZeroDuration()), "");
  }
}

TEST(Quotas, ABurstPassesAndThenTheRate) {
  Quotas quotas(TwoEventsPerSecond());
  for (int i = 0; i < 4; ++i)
    EXPECT_EQ(Verdict(quotas, "c", "n", {1, 9}, absl::ZeroDuration()), "");
  EXPECT_EQ(Verdict(quotas, "c", "n", {1, 9}, absl::ZeroDuration()), kClientQuotaExceeded);
  EXPECT_EQ(Verdict(quotas, "c", "n", {1, 9}, absl::Milliseconds(499)), kClientQuotaExceeded);
  EXPECT_EQ(Verdict(quotas, "c", "n", {1, 9}, absl::Milliseconds(500)), "");
  EXPECT_EQ(Verdict(quotas, "c", "n", {1, 9}, absl::Milliseconds(500)), kClientQuotaExceeded);
}

TEST(Quotas, SayInWholeSecondsWhenToComeBack) {
  Quotas quotas(TwoEventsPerSecond());
  EXPECT_EQ(Verdict(quotas, "c", "n", {4, 0}, absl::ZeroDuration()), "");
  EXPECT_EQ(RetryAfter(quotas.Take("c", "n", {1, 0}, kQuotaStart)), absl::Seconds(1));
  EXPECT_EQ(RetryAfter(quotas.Take("c", "n", {4, 0}, kQuotaStart)), absl::Seconds(2));
  EXPECT_EQ(RetryAfter(absl::OkStatus()), std::nullopt);
}

TEST(Quotas, ClientsAndNamespacesAreApart) {
  Quotas::Options options = TwoEventsPerSecond();
  options.ns.events = 3;
  Quotas quotas(options);
  EXPECT_EQ(Verdict(quotas, "a", "n", {4, 0}, absl::ZeroDuration()), "");
  EXPECT_EQ(Verdict(quotas, "a", "m", {1, 0}, absl::ZeroDuration()), kClientQuotaExceeded);
  EXPECT_EQ(Verdict(quotas, "b", "n", {3, 0}, absl::ZeroDuration()), kNamespaceQuotaExceeded);
  EXPECT_EQ(Verdict(quotas, "b", "m", {4, 0}, absl::ZeroDuration()), "")
      << "what a namespace refused was not taken from the client";
}

TEST(Quotas, BytesCountToo) {
  Quotas::Options options;
  options.ns.bytes = 100;
  options.burst = absl::Seconds(1);
  Quotas quotas(options);
  EXPECT_EQ(Verdict(quotas, "c", "n", {1, 60}, absl::ZeroDuration()), "");
  EXPECT_EQ(Verdict(quotas, "c", "n", {1, 60}, absl::ZeroDuration()), kNamespaceQuotaExceeded);
  EXPECT_EQ(Verdict(quotas, "c", "n", {1, 60}, absl::Milliseconds(200)), "");
}

TEST(Quotas, WhatIsLargerThanABurstPassesAndIsPaidFor) {
  Quotas quotas(TwoEventsPerSecond());
  EXPECT_EQ(Verdict(quotas, "c", "n", {10, 0}, absl::ZeroDuration()), "");
  EXPECT_EQ(Verdict(quotas, "c", "n", {1, 0}, absl::Seconds(3)), kClientQuotaExceeded);
  EXPECT_EQ(Verdict(quotas, "c", "n", {1, 0}, absl::Milliseconds(3500)), "");
}

TEST(Quotas, AClockThatIsSetBackRefusesNobodyForLong) {
  Quotas quotas(TwoEventsPerSecond());
  EXPECT_EQ(Verdict(quotas, "c", "n", {4, 0}, absl::Hours(1)), "");
  EXPECT_EQ(Verdict(quotas, "c", "n", {1, 0}, absl::ZeroDuration()), kClientQuotaExceeded);
  EXPECT_EQ(Verdict(quotas, "c", "n", {1, 0}, absl::Seconds(1)), "");
}

TEST(Quotas, ForgetWhoWasSilentLongest) {
  Quotas::Options options = TwoEventsPerSecond();
  options.max_remembered = 2;
  Quotas quotas(options);
  const auto take = [&](const std::string& client) {
    return Verdict(quotas, client, "n", {4, 0}, absl::ZeroDuration());
  };
  EXPECT_EQ(take("a"), "");
  EXPECT_EQ(take("b"), "");
  EXPECT_EQ(take("a"), kClientQuotaExceeded) << "used again: b is the older one now";
  EXPECT_EQ(take("c"), "");
  EXPECT_EQ(take("a"), kClientQuotaExceeded);
  EXPECT_EQ(take("b"), "") << "forgotten";
}

}  // namespace
}  // namespace eventreactor::ingest
