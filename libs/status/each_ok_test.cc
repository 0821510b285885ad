#include "libs/status/each_ok.h"

#include <gtest/gtest.h>

#include <string>

namespace eventreactor {
namespace {

using Answers = std::vector<absl::StatusOr<std::string>>;

Answers Twice(const std::vector<int>& numbers) {
  Answers answers;
  for (const int number : numbers) answers.emplace_back(std::to_string(2 * number));
  return answers;
}

TEST(EachOkTest, KeepsTheOrderOfAnswersAndErrors) {
  const Answers answers =
      EachOk<int>({1, absl::NotFoundError("b"), 3, absl::AbortedError("d")}, Twice);
  ASSERT_EQ(answers.size(), 4U);
  EXPECT_EQ(*answers[0], "2");
  EXPECT_TRUE(absl::IsNotFound(answers[1].status()));
  EXPECT_EQ(*answers[2], "6");
  EXPECT_TRUE(absl::IsAborted(answers[3].status()));
}

TEST(EachOkTest, WhatIsAnsweredMayBeAnErrorToo) {
  const Answers answers = EachOk<int>({absl::NotFoundError("a"), 2}, [](const std::vector<int>&) {
    return Answers{absl::DataLossError("b")};
  });
  EXPECT_TRUE(absl::IsNotFound(answers[0].status()));
  EXPECT_TRUE(absl::IsDataLoss(answers[1].status()));
}

TEST(EachOkTest, NoneIsFine) { EXPECT_TRUE(EachOk<int>({}, Twice).empty()); }

}  // namespace
}  // namespace eventreactor
