#include "cli/commands/failures.h"

#include <gtest/gtest.h>

#include "cli/errors.h"
#include "libs/status/status.h"

namespace eventreactor::cli {
namespace {

absl::Status NoAction(const std::string& name) {
  return MakeStatus(absl::StatusCode::kNotFound, "ACTION_NOT_FOUND", "no Action " + name);
}

absl::Status NotEnded(const std::string& name) {
  return MakeStatus(absl::StatusCode::kDeadlineExceeded, "NOT_ENDED", name + " has not ended");
}

TEST(FailuresTest, NothingIsSaidWhereNothingFailed) {
  Failures failures;
  EXPECT_TRUE(failures.GoOn(absl::OkStatus()));
  testing::internal::CaptureStderr();
  EXPECT_EQ(failures.Tell(""), kOk);
  EXPECT_EQ(testing::internal::GetCapturedStderr(), "");
}

TEST(FailuresTest, WhatIsNotThereDoesNotKeepTheOthersFromIt) {
  Failures failures;
  EXPECT_TRUE(failures.GoOn(NoAction("a")));
  EXPECT_TRUE(failures.GoOn(absl::OkStatus()));
  EXPECT_TRUE(failures.GoOn(NoAction("b")));
  testing::internal::CaptureStderr();
  EXPECT_EQ(failures.Tell(" --context lab"), kFailure);
  EXPECT_EQ(testing::internal::GetCapturedStderr(),
            "error: no Action a\n"
            "error: no Action b\n"
            "next: `reactorctl actions list -A --context lab` shows those that are there\n");
}

TEST(FailuresTest, AServiceThatIsAwayIsAwayForAll) {
  Failures failures;
  EXPECT_FALSE(failures.GoOn(MakeStatus(absl::StatusCode::kUnavailable, "NO_ANSWER", "no answer")));
  testing::internal::CaptureStderr();
  EXPECT_EQ(failures.Tell(""), kFailure);
  EXPECT_NE(testing::internal::GetCapturedStderr().find("no answer"), std::string::npos);
}

TEST(FailuresTest, AnActionThatTakesLongIsNoReasonToLeaveTheOthers) {
  Failures failures;
  EXPECT_TRUE(failures.GoOn(NotEnded("a")));
  EXPECT_TRUE(failures.GoOn(NoAction("b")));
  testing::internal::CaptureStderr();
  EXPECT_EQ(failures.Tell(""), kTimedOut);
  testing::internal::GetCapturedStderr();
}

}  // namespace
}  // namespace eventreactor::cli
