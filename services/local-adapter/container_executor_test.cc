#include "services/local-adapter/container_executor.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <atomic>
#include <future>

#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "libs/status/status.h"
#include "services/local-adapter/container_board.h"
#include "services/local-adapter/container_harness.h"
#include "services/local-adapter/container_labels.h"
#include "services/local-adapter/fake_engine.h"

namespace eventreactor::local {
namespace {

using testing::Contains;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Key;

class TheExecutor : public testing::Test {
 protected:
  static RunOptions Options() {
    RunOptions options;
    options.stop_grace = absl::Milliseconds(20);
    options.retry_first = absl::Milliseconds(1);
    options.retry_most = absl::Milliseconds(5);
    options.pull_retry_first = absl::Milliseconds(1);
    options.pull_retry_most = absl::Milliseconds(5);
    // Any file will do: nothing runs it here.
    options.tool = "/proc/self/exe";
    return options;
  }
  static v1::Action Action(const std::vector<std::string>& steps) {
    std::vector<TestStep> all;
    for (const std::string& step : steps) all.push_back({step, "true"});
    return TestAction("uid-1", "image:1", all);
  }
  static std::string NameOf(const v1::Action& action, int index) {
    return PlaceOf("test", KeyOf(action)) + "-" + std::to_string(index);
  }
  void Start(const v1::Action& action) { ASSERT_TRUE(harness_.Start(action).ok()); }
  RunResult Run(const v1::Action& action) {
    Start(action);
    return harness_.WaitForEnd(action.metadata().uid()).result;
  }
  void WaitForReason(const std::string& reason) {
    harness_.WaitUntil(
        "uid-1", [&reason](const Observation& seen) { return seen.waiting_reason == reason; });
  }
  void WaitForRunning(size_t step) {
    harness_.WaitUntil("uid-1",
                       [step](const Observation& seen) { return seen.steps[step].has_running(); });
  }

  FakeEngineWorld world_;
  ExecutorHarness harness_{[this] { return std::make_unique<FakeEngine>(world_); }, Options()};
};

TEST_F(TheExecutor, ChecksItsOptions) {
  const auto field_of = [this](const std::string& engine, const std::string& stack) {
    ContainerExecutor::Options options;
    options.engine = engine;
    options.stack_id = stack;
    return Field(
        ContainerExecutor::Create(options, harness_.logs(), harness_.documents()).status());
  };
  EXPECT_EQ(field_of("tcp://x", "a"), "engine");
  EXPECT_EQ(field_of("unix:///e.sock", "Not A Label"), "stack-id");
  EXPECT_EQ(field_of("unix:///e.sock", std::string(41, 'a')), "stack-id");
  EXPECT_EQ(field_of("unix:///e.sock", "mine"), "");
}

TEST_F(TheExecutor, NamesAndLabelsWhatItMakes) {
  const v1::Action action = Action({"a"});
  Run(action);
  const auto made = world_.Look(NameOf(action, 0));
  EXPECT_EQ(made.spec.labels, StepLabels("test", KeyOf(action), 0, "build-step-a"));
  EXPECT_EQ(RunOfLabels(made.spec.labels), KeyOf(action));
  EXPECT_THAT(made.archives, Contains(Key("/workspace")));
  EXPECT_EQ(harness_.WaitForEnd("uid-1").seen.place, PlaceOf("test", KeyOf(action)));
}

TEST_F(TheExecutor, AListenerHearsOfTheEnd) {
  std::promise<RunKey> heard;
  std::atomic<bool> told{false};
  harness_.executor().SetListener([&](const RunKey& key) {
    const auto seen = harness_.executor().Observe(key.uid);
    if (seen && seen->result && !told.exchange(true)) heard.set_value(key);
  });
  Start(Action({"a"}));
  EXPECT_EQ(heard.get_future().get(), KeyOf(Action({"a"})));
  harness_.Restart();
}

TEST_F(TheExecutor, RunsEachStepOnceHoweverOftenItIsStarted) {
  const v1::Action action = Action({"a", "b"});
  world_.scripts["build-step-b"].stays = true;
  Start(action);
  Start(action);
  WaitForRunning(1);
  for (int i = 0; i < 5; ++i) {
    harness_.Restart();
    Start(action);
    WaitForRunning(1);
  }
  world_.Finish(NameOf(action, 1), 0);
  EXPECT_EQ(harness_.WaitForEnd("uid-1").result.completion, v1::COMPLETION_SUCCESS);
  EXPECT_EQ(world_.Look(NameOf(action, 0)).starts, 1);
  EXPECT_EQ(world_.Look(NameOf(action, 1)).starts, 1);
}

TEST_F(TheExecutor, AdoptsAContainerWhoseCreationLostItsAnswer) {
  for (const absl::StatusCode code :
       {absl::StatusCode::kUnavailable, absl::StatusCode::kInternal, absl::StatusCode::kAborted}) {
    world_.lose_create = MakeStatus(code, "LOST", "no answer");
    const v1::Action action = Action({"a"});
    EXPECT_EQ(Run(action).completion, v1::COMPLETION_SUCCESS);
    EXPECT_EQ(world_.Look(NameOf(action, 0)).starts, 1);
    ASSERT_TRUE(harness_.executor().Remove(KeyOf(action)).ok());
  }
}

TEST_F(TheExecutor, DoesNotTakeUpAForeignContainerOfThatName) {
  const v1::Action action = Action({"a"});
  world_.containers[NameOf(action, 0)].state.id = "foreign";
  const RunResult result = Run(action);
  EXPECT_EQ(result.completion, v1::COMPLETION_FAILURE);
  EXPECT_THAT(result.message, HasSubstr("foreign container"));
}

TEST_F(TheExecutor, PullsAMissingImageUntilItComes) {
  world_.images.clear();
  world_.pull = absl::InternalError("no route to registry");
  Start(Action({"a"}));
  const Observation waiting = harness_.WaitUntil(
      "uid-1", [](const Observation& seen) { return seen.waiting_reason == "ImagePullBackOff"; });
  EXPECT_THAT(waiting.waiting_message, HasSubstr("no route to registry"));
  {
    const std::lock_guard lock(world_.mutex);
    world_.pull = absl::OkStatus();
  }
  EXPECT_EQ(harness_.WaitForEnd("uid-1").result.completion, v1::COMPLETION_SUCCESS);
}

TEST_F(TheExecutor, AnImageLoadedByHandIsSeenWithoutAPull) {
  world_.images.clear();
  world_.pull = absl::InternalError("no route to registry");
  Start(Action({"a"}));
  WaitForReason("ImagePullBackOff");
  {
    const std::lock_guard lock(world_.mutex);
    world_.images.insert("image:1");
  }
  EXPECT_EQ(harness_.WaitForEnd("uid-1").result.completion, v1::COMPLETION_SUCCESS);
}

TEST_F(TheExecutor, ARunWithoutItsImageRestsLongerEachTimeAndGoesOnWhereItWas) {
  world_.scripts["build-step-a"].output = "once";
  v1::Action action = TestAction("uid-1", "image:1", {{"a", "true"}, {"b", "true"}});
  (*action.mutable_spec()->mutable_build()->mutable_steps(1)->mutable_fields())["image"]
      .set_string_value("late:1");
  world_.pull = absl::InternalError("no route to registry");
  ASSERT_TRUE(harness_.Start(action).ok());
  const auto rested = [this] {
    return harness_.WaitUntil(
        "uid-1", [](const Observation& seen) { return seen.rests_until != absl::InfinitePast(); });
  };
  const Observation first = rested();
  EXPECT_EQ(first.waiting_reason, "ImagePullBackOff");
  EXPECT_TRUE(first.steps[0].has_terminated());
  EXPECT_EQ(world_.pulls, 1);
  ASSERT_TRUE(harness_.Start(action).ok());
  const Observation second = harness_.WaitUntil(
      "uid-1", [&](const Observation& seen) { return seen.rests_until > first.rests_until; });
  EXPECT_EQ(world_.pulls, 2);
  EXPECT_GT(second.rests_until - first.rests_until, Options().pull_retry_first);
  world_.images.insert("late:1");
  EXPECT_EQ(harness_.WaitForEnd("uid-1").result.completion, v1::COMPLETION_SUCCESS);
  EXPECT_EQ(world_.Look(NameOf(action, 0)).starts, 1);
  EXPECT_EQ(harness_.Log(action, "build-step-a"), "once");
}

TEST_F(TheExecutor, KeepsToThePullPolicy) {
  const auto action = [](const char* policy) {
    return TestAction("uid-1", "image:1",
                      {{"a", "true", std::string(R"({"imagePullPolicy":")") + policy + "\"}"}});
  };
  Run(action("Always"));
  EXPECT_EQ(world_.pulls, 1);
  ASSERT_TRUE(harness_.executor().Remove(KeyOf(action("Always"))).ok());
  Run(action("IfNotPresent"));
  EXPECT_EQ(world_.pulls, 1);
  ASSERT_TRUE(harness_.executor().Remove(KeyOf(action("Always"))).ok());
  world_.images.clear();
  Start(action("Never"));
  WaitForReason("ErrImageNeverPull");
  harness_.executor().Stop("uid-1", StopReason::kTimeout);
  EXPECT_EQ(harness_.WaitForEnd("uid-1").result.reason, kReasonTimeout);
  EXPECT_EQ(world_.pulls, 1);
}

TEST_F(TheExecutor, AnImageNameThatTheEngineRefusesFailsAtOnce) {
  world_.images.clear();
  world_.pull = absl::InvalidArgumentError("invalid reference format");
  const RunResult result = Run(Action({"a"}));
  EXPECT_EQ(result.reason, kReasonValidationFailed);
  EXPECT_THAT(result.message, HasSubstr("invalid reference format"));
}

TEST_F(TheExecutor, SaysThatAContainerRanOutOfMemory) {
  world_.scripts["build-step-a"] = {
      .output = "", .exit_code = 137, .oom_killed = true, .stays = false, .start_error = ""};
  const RunResult result = Run(Action({"a"}));
  EXPECT_EQ(result.completion, v1::COMPLETION_FAILURE);
  EXPECT_THAT(result.message, HasSubstr("OOMKilled"));
}

TEST_F(TheExecutor, AskedToEndBeforeItBeganItStartsNothing) {
  v1::Action action = Action({"a"});
  action.mutable_spec()->set_status(kBuildCancelled);
  EXPECT_EQ(Run(action).reason, kBuildCancelled);
  EXPECT_THAT(world_.containers, IsEmpty());
}

TEST_F(TheExecutor, AsksBeforeItKills) {
  const v1::Action action = Action({"a", "b"});
  world_.scripts["build-step-a"].stays = true;
  Start(action);
  WaitForRunning(0);
  harness_.executor().Stop("uid-1", StopReason::kCancelled);
  harness_.executor().Stop("uid-1", StopReason::kTimeout);
  const EndOfRun end = harness_.WaitForEnd("uid-1");
  EXPECT_EQ(end.result.reason, kBuildCancelled) << "the first reason stays";
  EXPECT_THAT(world_.Look(NameOf(action, 0)).signals, ElementsAre("SIGTERM", "SIGKILL"));
  EXPECT_EQ(world_.containers.count(NameOf(action, 1)), 0U);
}

TEST_F(TheExecutor, ARunEndsAlthoughItsLogWaitsForTheBus) {
  const v1::Action action = Action({"a"});
  world_.scripts["build-step-a"] = {
      .output = "text", .exit_code = 0, .oom_killed = false, .stays = true, .start_error = ""};
  Start(action);
  WaitForRunning(0);
  harness_.bus().SetConnected(false);
  harness_.executor().Stop("uid-1", StopReason::kCancelled);
  while (world_.Look(NameOf(action, 0)).state.phase == ContainerPhase::kRunning) {
    absl::SleepFor(absl::Milliseconds(1));
  }
  EXPECT_FALSE(harness_.executor().Observe("uid-1").value_or(Observation{}).result.has_value())
      << "not before the log is stored";
  harness_.bus().SetConnected(true);
  EXPECT_EQ(harness_.WaitForEnd("uid-1").result.reason, kBuildCancelled);
  EXPECT_EQ(harness_.Log(action, "build-step-a"), "text");
}

TEST_F(TheExecutor, NeverStartsAgainWhatAnEarlierProcessSawRunning) {
  v1::Action action = Action({"a"});
  v1::StepState* shown = action.mutable_status()->add_step_states();
  shown->set_name("build-step-a");
  shown->mutable_running();
  const RunResult gone = Run(action);
  EXPECT_EQ(gone.completion, v1::COMPLETION_UNKNOWN);
  EXPECT_EQ(gone.reason, kReasonRunLost);
  EXPECT_THAT(world_.containers, IsEmpty());
}

TEST_F(TheExecutor, AContainerThatTheEngineForgotToHaveRunIsLost) {
  const v1::Action action = Action({"a"});
  world_.scripts["build-step-a"].stays = true;
  Start(action);
  WaitForRunning(0);
  {
    const std::lock_guard lock(world_.mutex);
    world_.containers.at(NameOf(action, 0)).state.phase = ContainerPhase::kCreated;
  }
  const RunResult result = harness_.WaitForEnd("uid-1").result;
  EXPECT_EQ(result.completion, v1::COMPLETION_UNKNOWN);
  EXPECT_EQ(result.reason, kReasonRunLost);
  EXPECT_EQ(world_.Look(NameOf(action, 0)).starts, 1);
}

TEST_F(TheExecutor, AStepWhoseSuccessorExistsIsNotRunAgain) {
  const v1::Action action = Action({"a", "b"});
  world_.scripts["build-step-b"].stays = true;
  Start(action);
  WaitForRunning(1);
  harness_.Restart();
  world_.containers.erase(NameOf(action, 0));
  EXPECT_EQ(Run(action).reason, kReasonRunLost);
}

TEST_F(TheExecutor, WaitsForAnEngineThatIsDownAtTheStart) {
  world_.down = true;
  Start(Action({"a"}));
  WaitForReason("EngineUnavailable");
  {
    const std::lock_guard lock(world_.mutex);
    world_.down = false;
  }
  EXPECT_EQ(harness_.WaitForEnd("uid-1").result.completion, v1::COMPLETION_SUCCESS);
}

TEST_F(TheExecutor, RemovesOnlyWhatBelongsToTheRun) {
  const v1::Action action = Action({"a"});
  Run(action);
  world_.containers["other"].spec.labels = {{kStackLabel, "other"}, {kUidLabel, "uid-1"}};
  world_.volumes["other"] = {{kStackLabel, "test"}, {kUidLabel, "uid-2"}};
  ASSERT_TRUE(harness_.executor().Remove(KeyOf(action)).ok());
  EXPECT_THAT(world_.containers, ElementsAre(Key("other")));
  EXPECT_THAT(world_.volumes, ElementsAre(Key("other")));
  EXPECT_EQ(Field(harness_.executor().Remove({"default", "x", ""})), "uid");
}

TEST_F(TheExecutor, RemoveTellsThatTheEngineIsDown) {
  const v1::Action action = Action({"a"});
  Run(action);
  world_.down = true;
  EXPECT_TRUE(absl::IsUnavailable(harness_.executor().Remove(KeyOf(action))));
  world_.down = false;
  EXPECT_TRUE(harness_.executor().Remove(KeyOf(action)).ok());
  EXPECT_THAT(world_.containers, IsEmpty());
}

TEST_F(TheExecutor, KeepsTheTailOfALongLog) {
  std::string output;
  for (int i = 0; i < 20'000; ++i) absl::StrAppend(&output, i, "\n");
  world_.scripts["build-step-a"].output = output;
  Run(Action({"a"}));
  EXPECT_EQ(harness_.WaitForEnd("uid-1").seen.tails.at(0),
            output.substr(output.size() - (16 << 10)));
  EXPECT_EQ(harness_.Log(Action({"a"}), "build-step-a"), output);
}

TEST_F(TheExecutor, RemovesWhatAKilledEngineLeftUnderTheName) {
  world_.names_taken = true;
  Start(Action({"a"}));
  EXPECT_EQ(harness_.WaitForEnd("uid-1").result.completion, v1::COMPLETION_SUCCESS);
}

TEST_F(TheExecutor, RemovesNothingWhereTheEngineFailsForAnotherReason) {
  world_.refuse_create.assign(20, MakeStatus(absl::StatusCode::kInternal, "ENGINE_ERROR", "words"));
  Start(Action({"a"}));
  EXPECT_EQ(harness_.WaitForEnd("uid-1").result.completion, v1::COMPLETION_SUCCESS);
  EXPECT_EQ(world_.removals, 0);
}

absl::Status DiskFull() {
  return MakeStatus(absl::StatusCode::kResourceExhausted, "ENGINE_DISK_FULL", "no room");
}

TEST_F(TheExecutor, WaitsForRoomOnTheEnginesDiskAndSaysSo) {
  world_.refuse_create.assign(20, DiskFull());
  Start(Action({"a"}));
  WaitForReason("EngineDiskFull");
  EXPECT_EQ(harness_.WaitForEnd("uid-1").result.completion, v1::COMPLETION_SUCCESS);
}

TEST_F(TheExecutor, ADiskThatIsFullAtTheStartIsNoFailureEither) {
  world_.refuse_start.assign(20, DiskFull());
  const v1::Action action = Action({"a"});
  Start(action);
  WaitForReason("EngineDiskFull");
  EXPECT_EQ(harness_.WaitForEnd("uid-1").result.completion, v1::COMPLETION_SUCCESS);
  EXPECT_EQ(world_.Look(NameOf(action, 0)).starts, 1);
}

TEST_F(TheExecutor, DoesNotRunAgainWhatAKilledEngineForgotThatItStarted) {
  world_.scripts["build-step-a"].output = "once\n";
  world_.forget_start = true;
  const v1::Action action = Action({"a"});
  Start(action);
  const auto end = harness_.WaitForEnd("uid-1");
  EXPECT_EQ(end.result.completion, v1::COMPLETION_UNKNOWN);
  EXPECT_THAT(end.result.message, HasSubstr("no longer knows that it ran"));
  EXPECT_EQ(world_.Look(NameOf(action, 0)).starts, 1);
}

TEST_F(TheExecutor, StartsWhatWasMadeAndNeverRan) {
  world_.scripts["build-step-a"].output = "once\n";
  world_.refuse_start = {absl::UnavailableError("killed")};
  const v1::Action action = Action({"a"});
  Start(action);
  EXPECT_EQ(harness_.WaitForEnd("uid-1").result.completion, v1::COMPLETION_SUCCESS);
  EXPECT_EQ(world_.Look(NameOf(action, 0)).starts, 1);
}

TEST_F(TheExecutor, TellsHowFarAPullHasCome) {
  world_.images.clear();
  world_.pull_words = "2 of 5 layers";
  Start(Action({"a"}));
  const Observation seen = harness_.WaitUntil("uid-1", [](const Observation& each) {
    return each.waiting_message.find("2 of 5 layers") != std::string::npos;
  });
  EXPECT_EQ(seen.waiting_reason, "PullingImage");
  {
    const std::lock_guard lock(world_.mutex);
    world_.pull_words.clear();
  }
  EXPECT_EQ(harness_.WaitForEnd("uid-1").result.completion, v1::COMPLETION_SUCCESS);
}

TEST_F(TheExecutor, SaysPlainlyThatACommandIsNotInTheImage) {
  world_.scripts["build-step-a"].start_error =
      "crun: executable file `nope` not found: No such file or directory: executable file not "
      "found";
  v1::Action action = TestAction("uid-1", "image:1", {{"a", "", R"({"command": ["nope"]})"}});
  const RunResult result = Run(action);
  EXPECT_THAT(result.message,
              testing::StartsWith("build-step-a could not be started: command \"nope\" is not in "
                                  "the image: crun: executable"));
}

TEST_F(TheExecutor, WhatTheEngineItselfLacksIsNotTakenForTheCommand) {
  world_.scripts["build-step-a"].start_error = "cannot set up networks: no such file or directory";
  const RunResult result =
      Run(TestAction("uid-1", "image:1", {{"a", "", R"({"command": ["echo"]})"}}));
  EXPECT_EQ(result.message,
            "build-step-a could not be started: cannot set up networks: no such file or directory");
}

TEST_F(TheExecutor, AStepThatIsOverAtOnceDidNotEndBeforeItBegan) {
  RunBoard board("place", {"a"}, [] {});
  ContainerState state;
  state.finished_at = absl::FromUnixSeconds(100);
  state.started_at = state.finished_at + absl::Milliseconds(3);
  board.StepEnded(0, state, "Completed", "", "");
  const Observation seen = board.Read();
  const v1::StepTerminated& end = seen.steps[0].terminated();
  EXPECT_EQ(end.started_at().seconds(), 100);
  EXPECT_EQ(end.started_at().nanos(), 0);
}

TEST_F(TheExecutor, OursAreNotShownAsStepsAndTheirFailureIsTheRuns) {
  harness_.documents().Put(
      StoredDocument(kSecret, "docker", R"({"type": "kubernetes.io/dockerconfigjson",
                             "stringData": {".dockerconfigjson": "{}"}})"));
  harness_.documents().Put(
      StoredDocument(kServiceAccount, "default", R"({"secrets": [{"name": "docker"}]})"));
  world_.scripts["credentials"].exit_code = 1;
  world_.scripts["credentials"].output = "eventreactor-tool: cannot read it\n";
  const v1::Action action = Action({"a"});
  Start(action);
  EndOfRun end = harness_.WaitForEnd("uid-1");
  EXPECT_EQ(end.result.completion, v1::COMPLETION_FAILURE);
  EXPECT_EQ(end.result.message, "credentials exited with 1: eventreactor-tool: cannot read it");
  ASSERT_EQ(end.seen.steps.size(), 1U);
  EXPECT_EQ(end.seen.steps[0].name(), "build-step-a");
  EXPECT_TRUE(end.seen.steps[0].has_waiting());
  // It goes well once it goes well.
  ASSERT_TRUE(harness_.executor().Remove(KeyOf(action)).ok());
  EXPECT_TRUE(harness_.documents().runs.empty());
  world_.scripts["credentials"].exit_code = 0;
  Start(action);
  end = harness_.WaitForEnd("uid-1");
  EXPECT_EQ(end.result.completion, v1::COMPLETION_SUCCESS) << end.result.message;
  EXPECT_TRUE(end.seen.steps[0].has_terminated());
}

TEST_F(TheExecutor, ARunThatIsTakenUpHasTheDocumentsThatItBeganWith) {
  harness_.documents().Put(StoredDocument(kBuildTemplate, "t", R"({"spec": {"steps": [
      {"name": "a", "image": "image:1"}, {"name": "b", "image": "image:1"}]}})"));
  v1::Action action = Action({});
  action.mutable_spec()->mutable_build()->mutable_template_()->set_name("t");
  world_.scripts["build-step-a"].stays = true;
  Start(action);
  WaitForRunning(0);
  harness_.documents().Put(StoredDocument(kBuildTemplate, "t", R"({"spec": {"steps": [
      {"name": "other", "image": "image:1"}]}})"));
  harness_.Restart();
  Start(action);
  WaitForRunning(0);
  world_.Finish(NameOf(action, 0), 0);
  const EndOfRun end = harness_.WaitForEnd("uid-1");
  ASSERT_EQ(end.seen.steps.size(), 2U);
  EXPECT_EQ(end.seen.steps[1].name(), "build-step-b");
}

}  // namespace
}  // namespace eventreactor::local
