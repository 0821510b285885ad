#include "libs/adapter/action_create.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>

#include "libs/status/status.h"

namespace eventreactor {
namespace {

using testing::HasSubstr;

v1::Action Valid() {
  v1::Action action;
  action.mutable_metadata()->set_name("a");
  action.mutable_metadata()->set_namespace_("default");
  action.mutable_spec()->mutable_event()->set_name("e");
  action.mutable_spec()->mutable_pipeline()->set_name("p");
  action.mutable_spec()->mutable_transaction()->set_id("t");
  return action;
}

TEST(CheckAction, RefusesWhatTheBusCouldNotCarryOnceItHasEnded) {
  v1::Action action = Valid();
  EXPECT_TRUE(CheckAction(action).ok()) << CheckAction(action);
  action.mutable_spec()->mutable_build()->mutable_source()->set_sub_path(
      std::string(size_t{1900} << 10, 'x'));
  const absl::Status status = CheckAction(action);
  EXPECT_TRUE(absl::IsInvalidArgument(status)) << "no repetition makes it smaller";
  EXPECT_EQ(Reason(status), "ACTION_TOO_LARGE");
  EXPECT_EQ(Field(status), "spec");
  EXPECT_THAT(Message(status), HasSubstr("spec: without its steps"));
}

TEST(CheckAction, RefusesWhatNoCallCouldReturn) {
  v1::Action action = Valid();
  auto& step = *action.mutable_spec()->mutable_build()->add_steps();
  (*step.mutable_fields())["image"].set_string_value(std::string(size_t{3} << 20, 'x'));
  EXPECT_EQ(Field(CheckAction(action)), "spec");
  EXPECT_EQ(Reason(CheckAction(action)), "ACTION_TOO_LARGE");
}

TEST(CheckAction, StepsDoNotGoOverTheBus) {
  v1::Action action = Valid();
  auto& step = *action.mutable_spec()->mutable_build()->add_steps();
  (*step.mutable_fields())["image"].set_string_value(std::string(size_t{2} << 20, 'x'));
  EXPECT_TRUE(CheckAction(action).ok()) << CheckAction(action);
}

}  // namespace
}  // namespace eventreactor
