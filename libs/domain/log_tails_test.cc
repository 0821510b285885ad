#include "libs/domain/log_tails.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace eventreactor {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

TEST(FitTails, KeepsLogsThatFitWhole) {
  EXPECT_THAT(FitTails({"one", "two"}, 6), ElementsAre("one", "two"));
  EXPECT_THAT(FitTails({}, 6), IsEmpty());
}

TEST(FitTails, CutsTheFrontOfWhatIsTooLong) {
  EXPECT_THAT(FitTails({"0123456789"}, 4), ElementsAre("6789"));
}

TEST(FitTails, GivesTheRoomThatShortLogsLeaveToLongOnes) {
  EXPECT_THAT(FitTails({"aaaaaaaa", "b", "cccccccc"}, 9), ElementsAre("aaaa", "b", "cccc"));
}

TEST(FitTails, KeepsNothingWithoutRoom) {
  EXPECT_THAT(FitTails({"a", "b"}, 0), ElementsAre("", ""));
}

TEST(FitTails, NeverCutsACharacterInTwo) {
  // Each of these takes two bytes.
  EXPECT_THAT(FitTails({"\u00e4\u00f6\u00fc"}, 5), ElementsAre("\u00f6\u00fc"));
  EXPECT_THAT(FitTails({"\U0001F600\U0001F600"}, 7), ElementsAre("\U0001F600"));
}

TEST(FitTails, ReplacesBytesThatAreNoUtf8) {
  EXPECT_THAT(FitTails({"a\xFFz"}, 100), ElementsAre("a\uFFFDz"));
  EXPECT_THAT(FitTails({"\xED\xA0\x80"}, 100), ElementsAre("\uFFFD\uFFFD\uFFFD"));  // surrogate
  EXPECT_THAT(FitTails({"\xC0\xAF"}, 100), ElementsAre("\uFFFD\uFFFD"));            // overlong
  EXPECT_THAT(FitTails({"end\xE2\x82"}, 100), ElementsAre("end\uFFFD\uFFFD"));      // cut off
}

TEST(FitTails, HoldsTheBudgetWhenBytesAreReplaced) {
  EXPECT_LE(FitTails({std::string(100, '\xFF')}, 50)[0].size(), 50U);
}

}  // namespace
}  // namespace eventreactor
