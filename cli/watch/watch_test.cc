#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "cli/watch/frame.h"
#include "cli/watch/screen.h"

namespace eventreactor::cli {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::SizeIs;

v1::Action WatchedAction(const std::string& name, int64_t created) {
  v1::Action action;
  action.mutable_metadata()->set_name(name);
  action.mutable_metadata()->mutable_creation_timestamp()->set_seconds(created);
  action.mutable_spec()->mutable_pipeline()->set_name("build");
  return action;
}

v1::StepState& AddStep(v1::Action& action, const std::string& name) {
  auto& step = *action.mutable_status()->add_step_states();
  step.set_name(name);
  return step;
}

std::vector<std::string> Texts(const std::vector<v1::Action>& actions, FrameSize size) {
  std::vector<std::string> texts;
  for (const auto& line : WatchFrame(actions, size, absl::FromUnixSeconds(100), 0)) {
    texts.push_back(line.text);
  }
  return texts;
}

TEST(WatchFrameTest, ShowsStepsAsTheyRun) {
  v1::Action action = WatchedAction("a", 1);
  action.mutable_status()->mutable_start_time()->set_seconds(90);
  auto& done = *AddStep(action, "one").mutable_terminated();
  done.mutable_started_at()->set_seconds(90);
  done.mutable_finished_at()->set_seconds(95);
  AddStep(action, "two").mutable_running()->mutable_started_at()->set_seconds(95);
  AddStep(action, "three");
  EXPECT_THAT(Texts({action}, {}),
              ElementsAre("1 Action, 1 unfinished", "⠋ build  a  Pending  10s",
                          "  ✓ one  exited 0  5s", "  ⠋ two  running  5s", "  ○ three  waiting"));
}

TEST(WatchFrameTest, WhatWasNeutralIsNoFailure) {
  v1::Action action = WatchedAction("a", 1);
  AddStep(action, "one").mutable_terminated()->set_exit_code(78);
  action.mutable_status()->set_completion(v1::COMPLETION_FAILURE);
  EXPECT_THAT(Texts({action}, {}).at(2), HasSubstr("✗ one"));
  action.mutable_status()->set_completion(v1::COMPLETION_NEUTRAL);
  EXPECT_THAT(Texts({action}, {}).at(2), HasSubstr("– one"));
}

TEST(WatchFrameTest, TheNewestIsOnTop) {
  const auto texts = Texts({WatchedAction("old", 1), WatchedAction("new", 2)}, {});
  EXPECT_THAT(texts.at(1), HasSubstr("new"));
}

TEST(WatchFrameTest, NeverNeedsMoreThanTheTerminalHas) {
  std::vector<v1::Action> many;
  for (int i = 0; i < 50; ++i) {
    many.push_back(WatchedAction("a", i));
    AddStep(many.back(), "step");
  }
  const auto texts = Texts(many, {10, 5});
  EXPECT_THAT(texts, SizeIs(5));
  EXPECT_EQ(texts.back(), "...");
  EXPECT_EQ(texts.front(), "50 Actions");
}

TEST(WatchFrameTest, StepsOfWhatHasEndedGiveWayFirst) {
  v1::Action ended = WatchedAction("ended", 1);
  ended.mutable_status()->set_completion(v1::COMPLETION_SUCCESS);
  AddStep(ended, "gone");
  v1::Action running = WatchedAction("running", 2);
  AddStep(running, "here");
  const auto texts = Texts({ended, running}, {80, 4});
  EXPECT_THAT(texts, SizeIs(4));
  EXPECT_THAT(texts.at(2), HasSubstr("here"));
  EXPECT_THAT(texts.at(3), HasSubstr("ended"));
}

TEST(ChangesBetweenTest, TellsEachStepOnceAndTheEnd) {
  const v1::Action before = WatchedAction("a", 1);
  v1::Action now = before;
  AddStep(now, "one").mutable_running();
  AddStep(now, "two");
  EXPECT_THAT(ChangesBetween(before, now), ElementsAre("build\ta\tone\trunning"));
  EXPECT_THAT(ChangesBetween(now, now), IsEmpty());
  v1::Action end = now;
  end.mutable_status()->mutable_step_states(0)->clear_running();
  end.mutable_status()->mutable_step_states(0)->mutable_terminated()->set_exit_code(3);
  end.mutable_status()->set_completion(v1::COMPLETION_FAILURE);
  EXPECT_THAT(ChangesBetween(now, end),
              ElementsAre("build\ta\tone\texited 3", "build\ta\t-\tfailure"));
}

TEST(RedrawTest, WritesOnlyWhatDiffers) {
  EXPECT_EQ(Redraw({"a", "b"}, {"a", "c"}, false), "\033[2;1Hc\033[K");
  EXPECT_EQ(Redraw({"a"}, {"a"}, false), "");
  EXPECT_EQ(Redraw({"a", "b"}, {"a"}, false), "\033[2;1H\033[J");
  EXPECT_EQ(Redraw({"a"}, {"a"}, true), "\033[1;1Ha\033[K\033[2;1H\033[J");
}

}  // namespace
}  // namespace eventreactor::cli
