#include "libs/manifest/suggestion.h"

#include <gtest/gtest.h>

namespace eventreactor::manifest {
namespace {

TEST(SuggestionTest, DistanceCountsEditsWithoutCase) {
  EXPECT_EQ(EditDistance("", ""), 0);
  EXPECT_EQ(EditDistance("abc", ""), 3);
  EXPECT_EQ(EditDistance("kitten", "sitting"), 3);
  EXPECT_EQ(EditDistance("sourcepattern", "sourcePattern"), 0);
}

TEST(SuggestionTest, TheNearestWordWins) {
  EXPECT_EQ(Closest("tiemout", {"type", "timeout", "template"}), "timeout");
  EXPECT_EQ(Closest("step", {"stop", "steps"}), "stop") << "the first of two that are as near";
}

TEST(SuggestionTest, AFarWordIsNoSuggestion) {
  EXPECT_EQ(Closest("concurrency", {"type", "timeout"}), "");
  EXPECT_EQ(Closest("xy", {"id"}), "") << "nothing of it is left";
  EXPECT_EQ(Closest(std::string(1000, 'a'), {std::string(1000, 'a')}), "");
}

}  // namespace
}  // namespace eventreactor::manifest
