#include "cli/commands/log_tail.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace eventreactor::cli {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;
using testing::Pair;

TEST(LogTailTest, KeepsTheLastLinesOfEachStep) {
  LogTail tail(2);
  tail.Take("a", "1\n2\n3\n");
  tail.Take("b", "only\n");
  EXPECT_THAT(tail.Finish(), ElementsAre(Pair("a", "2\n3\n"), Pair("b", "only\n")));
}

TEST(LogTailTest, ALineMayComeInPieces) {
  LogTail tail(2);
  tail.Take("a", "1\n2");
  tail.Take("a", "2\n3");
  tail.Take("a", "3");
  EXPECT_THAT(tail.Finish(), ElementsAre(Pair("a", "22\n33")));
}

TEST(LogTailTest, NoLinesAreNoText) {
  LogTail tail(0);
  tail.Take("a", "1\n2\n");
  EXPECT_THAT(tail.Finish(), IsEmpty());
}

}  // namespace
}  // namespace eventreactor::cli
