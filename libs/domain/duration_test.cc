#include "libs/domain/duration.h"

#include <gtest/gtest.h>

namespace eventreactor {
namespace {

TEST(DurationTest, ReadsWhatGoReads) {
  const struct {
    const char* text;
    absl::Duration duration;
  } cases[] = {
      {"0", absl::ZeroDuration()},
      {"90s", absl::Seconds(90)},
      {"1h30m", absl::Minutes(90)},
      {"1.5h", absl::Minutes(90)},
      {".5s", absl::Milliseconds(500)},
      {"1.s", absl::Seconds(1)},
      {"250ms", absl::Milliseconds(250)},
      {"7us", absl::Microseconds(7)},
      {"7\xC2\xB5s", absl::Microseconds(7)},
      {"7\xCE\xBCs", absl::Microseconds(7)},
      {"3ns", absl::Nanoseconds(3)},
      {"-2m", absl::Minutes(-2)},
      {"+2m", absl::Minutes(2)},
      {"24h", absl::Hours(24)},
  };
  for (const auto& c : cases) {
    const absl::StatusOr<absl::Duration> duration = ParseGoDuration(c.text);
    ASSERT_TRUE(duration.ok()) << c.text << ": " << duration.status();
    EXPECT_EQ(*duration, c.duration) << c.text;
  }
}

TEST(DurationTest, RefusesWhatGoRefuses) {
  for (const char* text : {"", "10", "ten", "1d", "1h 30m", " 1h", "1h ", "inf", "-inf", "s", "1hh",
                           "--1s", "1e3s", "300000000h", "99999999999999999999h"}) {
    EXPECT_FALSE(ParseGoDuration(text).ok()) << text;
  }
}

}  // namespace
}  // namespace eventreactor
