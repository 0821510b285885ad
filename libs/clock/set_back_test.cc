#include "libs/clock/set_back.h"

#include <gtest/gtest.h>

namespace eventreactor {
namespace {

const absl::Time kDay = absl::FromUnixSeconds(1'700'000'000);
const absl::Time kSteady = absl::FromUnixSeconds(1'000'000);

TEST(SetBackWatch, TellsByHowMuchTheTimeOfDayWasSetBack) {
  SetBackWatch watch;
  EXPECT_EQ(watch.Look(kDay, kSteady), absl::ZeroDuration()) << "nothing to compare with yet";
  EXPECT_EQ(watch.Look(kDay + absl::Seconds(1), kSteady + absl::Seconds(1)), absl::ZeroDuration());
  EXPECT_EQ(watch.Look(kDay + absl::Seconds(2) - absl::Hours(1), kSteady + absl::Seconds(2)),
            absl::Hours(1));
  EXPECT_EQ(watch.Look(kDay + absl::Seconds(3) - absl::Hours(1), kSteady + absl::Seconds(3)),
            absl::ZeroDuration())
      << "once for each step";
}

TEST(SetBackWatch, MindsNoStepForwardNorTheWayBackIfItIsSmall) {
  SetBackWatch watch;
  watch.Look(kDay, kSteady);
  EXPECT_EQ(watch.Look(kDay + absl::Hours(1), kSteady), absl::ZeroDuration());
  EXPECT_EQ(watch.Look(kDay + absl::Hours(1) - SetBackWatch::kTolerated, kSteady),
            absl::ZeroDuration());
}

TEST(SetBackWatch, TellsOfAStepForthAndBack) {
  SetBackWatch watch;
  watch.Look(kDay, kSteady);
  watch.Look(kDay + absl::Hours(1), kSteady);
  EXPECT_EQ(watch.Look(kDay, kSteady), absl::Hours(1));
}

}  // namespace
}  // namespace eventreactor
