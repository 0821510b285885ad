#include "libs/domain/quantity.h"

#include <gtest/gtest.h>

namespace eventreactor {
namespace {

TEST(Quantity, ReadsWhatKubernetesReads) {
  const int64_t nano = 1'000'000'000;
  EXPECT_EQ(*ParseQuantity("500m", nano), 500'000'000);
  EXPECT_EQ(*ParseQuantity("0.1", nano), 100'000'000);
  EXPECT_EQ(*ParseQuantity("2", nano), 2 * nano);
  EXPECT_EQ(*ParseQuantity(".5", nano), nano / 2);
  EXPECT_EQ(*ParseQuantity("64Mi", 1), 64 << 20);
  EXPECT_EQ(*ParseQuantity("1.5Gi", 1), 3LL << 29);
  EXPECT_EQ(*ParseQuantity("128974848", 1), 128974848);
  EXPECT_EQ(*ParseQuantity("129e6", 1), 129'000'000);
  EXPECT_EQ(*ParseQuantity("129M", 1), 129'000'000);
  EXPECT_EQ(*ParseQuantity("1E", 1), 1'000'000'000'000'000'000);
  EXPECT_EQ(*ParseQuantity("+3k", 1), 3000);
}

TEST(Quantity, RoundsUp) {
  EXPECT_EQ(*ParseQuantity("1m", 1), 1);
  EXPECT_EQ(*ParseQuantity("1.0001", 1), 2);
  EXPECT_EQ(*ParseQuantity("0", 1), 0);
}

TEST(Quantity, RefusesWhatIsNone) {
  for (const char* text : {"", "m", "-1", "1x", "1 Gi", "1e", "1e99", "1.2.3", "10Ei", "9e18",
                           "99999999999999999999999999999", "0x10", "NaN"}) {
    EXPECT_EQ(ParseQuantity(text, 1'000).status().code(), absl::StatusCode::kInvalidArgument)
        << text;
  }
}

}  // namespace
}  // namespace eventreactor
