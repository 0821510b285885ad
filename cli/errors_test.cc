#include "cli/errors.h"

#include <gtest/gtest.h>

#include "libs/status/status.h"

namespace eventreactor::cli {
namespace {

TEST(ErrorsTest, NamesTheNextStepForThisStack) {
  const auto status = MakeStatus(absl::StatusCode::kNotFound, "NO_STACK", "there is no stack");
  EXPECT_EQ(ErrorText(status, " --data-dir /d"),
            "error: there is no stack\n"
            "next: `reactorctl up --detach --data-dir /d` starts one\n");
}

TEST(ErrorsTest, ShowsOneItHasNoAdviceFor) {
  EXPECT_EQ(ErrorText(absl::InternalError("odd\nand more"), ""), "error: odd\nand more\n");
  EXPECT_EQ(ErrorText(absl::InternalError(""), ""), "error: INTERNAL\n");
}

TEST(ErrorsTest, HasAnExitCodeOfItsOwnForTimeAndUsage) {
  EXPECT_EQ(ExitCodeOf(absl::OkStatus()), 0);
  EXPECT_EQ(ExitCodeOf(absl::NotFoundError("")), 1);
  EXPECT_EQ(ExitCodeOf(MakeStatus(absl::StatusCode::kInvalidArgument, "USAGE", "")), 2);
  EXPECT_EQ(ExitCodeOf(absl::DeadlineExceededError("")), 3);
}

TEST(ErrorsTest, SeveralErrorsShareANextStep) {
  const auto a = MakeStatus(absl::StatusCode::kNotFound, "ACTION_NOT_FOUND", "no Action a");
  const auto b = MakeStatus(absl::StatusCode::kInternal, "BROKEN", "b is broken");
  const auto c = MakeStatus(absl::StatusCode::kNotFound, "ACTION_NOT_FOUND", "no Action c");
  EXPECT_EQ(ErrorsText({a, b, c}, ""),
            "error: no Action a\n"
            "error: b is broken\n"
            "error: no Action c\n"
            "next: `reactorctl actions list -A` shows those that are there\n");
}

TEST(ErrorsTest, ASelectorGoesByTheNameOfItsFlag) {
  const auto status =
      InvalidField("label_selector", "position 6: a value is expected", "INVALID_LABEL_SELECTOR");
  EXPECT_EQ(ErrorText(status, ""), "error: --selector: position 6: a value is expected\n");
}

TEST(ErrorsTest, AnotherFieldKeepsItsName) {
  EXPECT_EQ(ErrorText(InvalidField("spec.steps", "is empty"), ""), "error: spec.steps: is empty\n");
}

TEST(ErrorsTest, LinesOfAnErrorAreKeptApartAndMadeSafe) {
  EXPECT_EQ(ErrorText(absl::InternalError("one\ntwo\x1b[2J"), ""),
            "error: one\ntwo\xEF\xBF\xBD[2J\n");
}

}  // namespace
}  // namespace eventreactor::cli
