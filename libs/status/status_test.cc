#include "libs/status/status.h"

#include <gtest/gtest.h>

namespace eventreactor {
namespace {

TEST(StatusTest, InvalidFieldNamesTheFieldInTheMessageAndAsPayload) {
  const absl::Status status = InvalidField("spec.timeout", "\"ten\" is no duration");
  EXPECT_EQ(status.code(), absl::StatusCode::kInvalidArgument);
  EXPECT_EQ(Message(status), "spec.timeout: \"ten\" is no duration");
  EXPECT_EQ(Field(status), "spec.timeout");
  EXPECT_EQ(Reason(status), "INVALID_FIELD");
}

TEST(StatusTest, InFieldMovesTheFieldBelowAPrefix) {
  const absl::Status inner = InvalidField("key", "is empty");
  const absl::Status outer = InField("spec.selector", inner);
  EXPECT_EQ(Message(outer), "spec.selector.key: is empty");
  EXPECT_EQ(Field(outer), "spec.selector.key");
}

TEST(StatusTest, InFieldPutsNoDotBeforeAnIndex) {
  EXPECT_EQ(Field(InField("steps", InvalidField("[2].image", "is empty"))), "steps[2].image");
}

TEST(StatusTest, InFieldLeavesAStatusWithoutFieldAlone) {
  const absl::Status down = MakeStatus(absl::StatusCode::kUnavailable, "BUS_DOWN", "no server");
  EXPECT_EQ(InField("spec", down), down);
  EXPECT_TRUE(InField("spec", absl::OkStatus()).ok());
}

TEST(StatusTest, TransientAreTheErrorsThatTimeMayHeal) {
  EXPECT_TRUE(IsTransient(absl::UnavailableError("")));
  EXPECT_TRUE(IsTransient(absl::AbortedError("")));
  EXPECT_FALSE(IsTransient(absl::InvalidArgumentError("")));
  EXPECT_FALSE(IsTransient(absl::AlreadyExistsError("")));
  EXPECT_FALSE(IsTransient(absl::OkStatus()));
}

}  // namespace
}  // namespace eventreactor
