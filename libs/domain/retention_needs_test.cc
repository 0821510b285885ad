#include "libs/domain/retention_needs.h"

#include <gtest/gtest.h>

#include "libs/domain/run.h"

namespace eventreactor {
namespace {

constexpr int64_t kCreatedAt = 1000;
constexpr int64_t kEndedAt = 2000;

v1::Action KeptAction(const std::string& name, const std::string& event = "e") {
  v1::Action action;
  action.mutable_metadata()->set_namespace_("default");
  action.mutable_metadata()->set_name(name);
  action.mutable_metadata()->set_uid("uid-" + name);
  action.mutable_metadata()->mutable_creation_timestamp()->set_seconds(kCreatedAt);
  action.mutable_spec()->mutable_event()->set_name(event);
  return action;
}

v1::Action EndedAction(const std::string& name, const std::string& event = "e") {
  v1::Action action = KeptAction(name, event);
  action.mutable_status()->mutable_start_time()->set_seconds(kCreatedAt);
  action.mutable_status()->set_completion(v1::COMPLETION_SUCCESS);
  action.mutable_status()->mutable_completion_time()->set_seconds(kEndedAt);
  action.mutable_status()->mutable_dispatch_time()->set_seconds(kEndedAt);
  return action;
}

v1::Action CancelledBeforeItBegan(const std::string& name) {
  v1::Action action = EndedAction(name);
  action.mutable_spec()->set_status(kBuildCancelled);
  action.mutable_status()->clear_start_time();
  return action;
}

v1::Event KeptEvent(const std::string& name, bool dispatched = true) {
  v1::Event event;
  event.mutable_metadata()->set_namespace_("default");
  event.mutable_metadata()->set_name(name);
  event.mutable_metadata()->mutable_creation_timestamp()->set_seconds(kCreatedAt);
  if (dispatched) event.mutable_status()->mutable_dispatch_time()->set_seconds(kCreatedAt);
  return event;
}

TEST(RetentionNeedsTest, AnEndedActionMayGoAndItsAgeCountsFromItsEnd) {
  RetentionNeeds needs(100);
  const auto action = needs.See(EndedAction("a"));
  const auto event = needs.See(KeptEvent("e"));
  ASSERT_TRUE(action && event);
  EXPECT_EQ(action->name, "a");
  EXPECT_EQ(action->uid, "uid-a");
  EXPECT_EQ(absl::ToUnixSeconds(action->since), kEndedAt);
  EXPECT_EQ(absl::ToUnixSeconds(event->since), kCreatedAt);
  EXPECT_FALSE(needs.HoldsAction(*action));
  EXPECT_FALSE(needs.HoldsEvent(*event));
}

TEST(RetentionNeedsTest, AnActionThatRunsStaysAndHoldsItsEvent) {
  RetentionNeeds needs(100);
  EXPECT_FALSE(needs.See(KeptAction("runs", "e")));
  EXPECT_TRUE(needs.HoldsEvent(*needs.See(KeptEvent("e"))));
  EXPECT_FALSE(needs.HoldsEvent(*needs.See(KeptEvent("f"))));
}

TEST(RetentionNeedsTest, WhatAnEndedActionTriggersIsStillToCome) {
  RetentionNeeds needs(100);
  v1::Action undispatched = EndedAction("a");
  undispatched.mutable_status()->clear_dispatch_time();
  EXPECT_FALSE(needs.See(undispatched));
  EXPECT_TRUE(needs.HoldsEvent(*needs.See(KeptEvent("e"))));
}

TEST(RetentionNeedsTest, AnActionStaysUntilItsUpstreamIsDispatched) {
  RetentionNeeds needs(100);
  v1::Action down = EndedAction("down");
  down.mutable_spec()->mutable_upstream()->set_name("up");
  const auto held = needs.See(down);
  down.mutable_spec()->mutable_upstream()->set_name("gone");
  const auto free = needs.See(down);
  // The order in which they are seen does not matter.
  needs.See(KeptAction("up"));
  EXPECT_TRUE(needs.HoldsAction(*held)) << "a message of up may come again";
  EXPECT_FALSE(needs.HoldsAction(*free)) << "what is gone triggers nothing";
}

TEST(RetentionNeedsTest, AnActionStaysUntilItsEventIsDispatched) {
  RetentionNeeds needs(100);
  const auto action = needs.See(EndedAction("a"));
  EXPECT_FALSE(needs.See(KeptEvent("e", false)));
  EXPECT_TRUE(needs.HoldsAction(*action));
}

TEST(RetentionNeedsTest, AnActionThatBeganOutlivesItsEvent) {
  RetentionNeeds needs(100);
  EXPECT_FALSE(needs.HoldsAction(*needs.See(EndedAction("a"))));
}

TEST(RetentionNeedsTest, OneCancelledBeforeItBeganWaitsForItsEvent) {
  RetentionNeeds absent(100);
  const auto unproven = absent.See(CancelledBeforeItBegan("a"));
  EXPECT_TRUE(absent.HoldsAction(*unproven)) << "the Event may come yet, and start it";

  RetentionNeeds there(100);
  const auto proven = there.See(CancelledBeforeItBegan("a"));
  const auto event = there.See(KeptEvent("e"));
  EXPECT_FALSE(there.HoldsAction(*proven));
  EXPECT_TRUE(there.HoldsEvent(*event)) << "without it nothing would prove that";
}

TEST(RetentionNeedsTest, WhatIsBeingDeletedIsLeftAlone) {
  RetentionNeeds needs(100);
  v1::Action action = EndedAction("a");
  action.mutable_metadata()->mutable_deletion_timestamp()->set_seconds(1);
  EXPECT_FALSE(needs.See(action));
  v1::Event event = KeptEvent("e");
  event.mutable_metadata()->mutable_deletion_timestamp()->set_seconds(1);
  EXPECT_FALSE(needs.See(event));
}

TEST(RetentionNeedsTest, ANameIsOneInItsNamespace) {
  RetentionNeeds needs(100);
  needs.See(KeptAction("runs", "e"));
  v1::Event elsewhere = KeptEvent("e");
  elsewhere.mutable_metadata()->set_namespace_("other");
  EXPECT_FALSE(needs.HoldsEvent(*needs.See(elsewhere)));
}

TEST(RetentionNeedsTest, WithMoreNamesThanItRemembersItHoldsThemAll) {
  RetentionNeeds needs(2);
  for (const char* name : {"a", "b", "c"}) needs.See(KeptAction(name, name));
  EXPECT_TRUE(needs.HoldsEvent(*needs.See(KeptEvent("of nobody"))));

  RetentionNeeds awaited(2);
  std::optional<Retained> last;
  for (const char* name : {"a", "b", "c"}) {
    v1::Action action = CancelledBeforeItBegan(name);
    action.mutable_spec()->mutable_event()->set_name(name);
    last = awaited.See(action);
  }
  for (const char* name : {"a", "b", "c"}) awaited.See(KeptEvent(name));
  EXPECT_TRUE(awaited.HoldsAction(*last));
}

}  // namespace
}  // namespace eventreactor
