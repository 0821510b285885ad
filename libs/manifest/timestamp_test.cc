#include "libs/manifest/timestamp.h"

#include <gtest/gtest.h>

namespace eventreactor::manifest {
namespace {

std::string Again(const std::string& text) {
  const auto timestamp = ParseTimestamp(text);
  return timestamp ? FormatTimestamp(*timestamp) : "refused";
}

TEST(TimestampTest, IsPrintedInUtcWithTheDigitsItNeeds) {
  EXPECT_EQ(Again("2026-01-02T03:04:05Z"), "2026-01-02T03:04:05Z");
  EXPECT_EQ(Again("2026-01-02T03:04:05.1Z"), "2026-01-02T03:04:05.100Z");
  EXPECT_EQ(Again("2026-01-02T03:04:05.000001Z"), "2026-01-02T03:04:05.000001Z");
  EXPECT_EQ(Again("2026-01-02T03:04:05.123456789Z"), "2026-01-02T03:04:05.123456789Z");
  EXPECT_EQ(Again("2026-01-02T03:04:05+02:00"), "2026-01-02T01:04:05Z");
  EXPECT_EQ(Again("1969-12-31T23:59:59.5Z"), "1969-12-31T23:59:59.500Z");
  EXPECT_EQ(Again("0001-01-01T00:00:00Z"), "0001-01-01T00:00:00Z");
  EXPECT_EQ(Again("9999-12-31T23:59:59Z"), "9999-12-31T23:59:59Z");
}

TEST(TimestampTest, WhatIsNotRfc3339IsRefused) {
  for (const char* text :
       {"", "now", "2026-01-02", "2026-01-02 03:04:05Z", "2026-01-02T03:04:05",
        "2026-1-2T03:04:05Z", "2026-13-02T03:04:05Z", "2026-02-30T03:04:05Z",
        "2026-01-02T24:00:00Z", "2026-01-02T03:04:61Z", "2026-01-02T03:04:05.Z",
        "2026-01-02T03:04:05.1234567890Z", "2026-01-02T03:04:05Zx", "2026-01-02T03:04:05+0200",
        "2026-01-02T03:04:05+02:00:00", "0000-01-01T00:00:00Z", "-026-01-02T03:04:05Z"}) {
    EXPECT_EQ(Again(text), "refused") << text;
  }
}

}  // namespace
}  // namespace eventreactor::manifest
