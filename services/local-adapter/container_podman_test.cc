// The executor against a real engine.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "services/local-adapter/container_harness.h"
#include "services/local-adapter/container_labels.h"
#include "services/local-adapter/engine_client.h"
#include "services/local-adapter/podman_fixture.h"

namespace eventreactor::local {
namespace {

using testing::HasSubstr;
using testing::IsEmpty;
using testing::SizeIs;

class OnPodman : public testing::Test {
 protected:
  static void SetUpTestSuite() {
    auto podman = PodmanFixture::Start();
    if (podman.ok()) {
      podman_ = std::move(*podman).release();
    } else {
      start_error_ = new std::string(podman.status().ToString());
    }
  }
  static void TearDownTestSuite() {
    delete podman_;
    podman_ = nullptr;
  }

  void SetUp() override {
    ASSERT_NE(podman_, nullptr) << *start_error_;
    RunOptions options;
    options.stop_grace = absl::Seconds(1);
    options.pull_retry_first = absl::Milliseconds(100);
    harness_ = std::make_unique<ExecutorHarness>(
        [] { return *EngineClient::Create(podman_->address()); }, options);
  }
  void TearDown() override {
    if (podman_ == nullptr) return;
    const auto left = harness_->executor().List();
    ASSERT_TRUE(left.ok()) << left.status();
    for (const RunKey& key : *left) {
      EXPECT_TRUE(harness_->executor().Remove(key).ok());
    }
    EXPECT_EQ(*podman_->Podman({"ps", "--all", "--quiet"}), "") << "containers were left behind";
    EXPECT_EQ(*podman_->Podman({"volume", "ls", "--quiet"}), "") << "volumes were left behind";
  }

  v1::Action Action(const std::vector<TestStep>& steps) const {
    const auto* test = testing::UnitTest::GetInstance()->current_test_info();
    return TestAction(std::string("uid-") + test->name(), podman_->image(), steps);
  }
  // What its containers' names begin with.
  static std::string Place(const v1::Action& action) { return PlaceOf("test", KeyOf(action)); }
  void Start(const v1::Action& action) {
    const absl::Status status = harness_->Start(action);
    ASSERT_TRUE(status.ok()) << status;
  }
  EndOfRun Run(const v1::Action& action) {
    Start(action);
    return harness_->WaitForEnd(action.metadata().uid());
  }
  void WaitForRunning(const v1::Action& action, size_t step) {
    harness_->WaitUntil(action.metadata().uid(), [step](const Observation& seen) {
      return seen.steps.size() > step && seen.steps[step].has_running();
    });
  }
  void WaitForLog(const v1::Action& action, const std::string& step, const std::string& text) {
    for (int i = 0; i < 1200 && harness_->Log(action, step).find(text) == std::string::npos; ++i) {
      absl::SleepFor(absl::Milliseconds(50));
    }
    ASSERT_THAT(harness_->Log(action, step), HasSubstr(text));
  }

  static PodmanFixture* podman_;
  static std::string* start_error_;
  std::unique_ptr<ExecutorHarness> harness_;
};

PodmanFixture* OnPodman::podman_ = nullptr;
std::string* OnPodman::start_error_ = nullptr;

TEST_F(OnPodman, StepsShareTheWorkspaceAndHomeAfterTheSource) {
  v1::Action action = Action({{"write", "cat src > out; echo h > ~/h; pwd; echo $HOME"},
                              {"read", "cat out ~/h; sleep 0"}});
  *action.mutable_spec()->mutable_build()->mutable_source()->mutable_custom() =
      TestContainer(podman_->image(), {"", "echo from-source > src"});
  const EndOfRun end = Run(action);
  EXPECT_EQ(end.result.completion, v1::COMPLETION_SUCCESS) << end.result.message;
  ASSERT_THAT(end.seen.steps, SizeIs(3));
  EXPECT_EQ(end.seen.steps[0].name(), "build-source-custom");
  EXPECT_EQ(end.seen.steps[2].terminated().reason(), "Completed");
  EXPECT_NE(end.seen.started_at, absl::InfinitePast());
  EXPECT_EQ(harness_->Log(action, "build-step-write"), "/workspace\n/builder/home\n");
  EXPECT_EQ(harness_->Log(action, "build-step-read"), "from-source\nh\n");
  ASSERT_THAT(end.seen.tails, SizeIs(3));
  EXPECT_EQ(end.seen.tails[2], "from-source\nh\n");
}

TEST_F(OnPodman, ContainersFindTheEventInEnvironmentAndFilesByteForByte) {
  const v1::Action action =
      Action({{"env", "echo $ER_EVENT_NAME $ER_EVENT_TYPE $ER_EVENT_SOURCE $ER_PIPELINE_NAME"},
              {"data", "cat .event/data"},
              {"rest",
               "cd .event; for f in id time type source subject content-type "
               "extensions/traceparent; do cat $f; echo; done"}});
  EXPECT_EQ(Run(action).result.completion, v1::COMPLETION_SUCCESS);
  EXPECT_EQ(harness_->Log(action, "build-step-env"), "event-1 com.example.test /tests pipe\n");
  EXPECT_EQ(harness_->Log(action, "build-step-data"), TestEvent().spec().data_base64());
  EXPECT_EQ(harness_->Log(action, "build-step-rest"),
            "id-1\n2026-01-02T03:04:05Z\ncom.example.test\n/tests\na subject\n"
            "application/octet-stream\n00-11-22-01\n");
}

TEST_F(OnPodman, AnyUserMayWriteTheWorkspaceAndHome) {
  const std::string script = "echo x > $(id -u) && echo y > ~/$(id -u) && id -u";
  const v1::Action action = Action({{"one", script, R"({"securityContext":{"runAsUser":1000}})"},
                                    {"two", script, R"({"securityContext":{"runAsUser":1001}})"},
                                    {"root", script}});
  const EndOfRun end = Run(action);
  EXPECT_EQ(end.result.completion, v1::COMPLETION_SUCCESS) << end.result.message;
  EXPECT_EQ(harness_->Log(action, "build-step-two"), "1001\n");
}

TEST_F(OnPodman, LimitsReachTheContainer) {
  const v1::Action action = Action(
      {{"limited",
        "cat /sys/fs/cgroup/memory/memory.limit_in_bytes /sys/fs/cgroup/memory.max 2>/dev/null",
        R"({"resources":{"limits":{"memory":"64Mi"}}})"}});
  Run(action);
  EXPECT_THAT(harness_->Log(action, "build-step-limited"), HasSubstr("67108864"));
}

TEST_F(OnPodman, TheFirstFailureEndsTheRun) {
  const v1::Action action = Action({{"bad", "echo before; exit 3"}, {"never", "echo never"}});
  const EndOfRun end = Run(action);
  EXPECT_EQ(end.result.completion, v1::COMPLETION_FAILURE);
  EXPECT_EQ(end.result.reason, kReasonExecuteFailed);
  EXPECT_THAT(end.result.message, HasSubstr("build-step-bad exited with 3"));
  EXPECT_EQ(end.seen.steps[0].terminated().exit_code(), 3);
  EXPECT_TRUE(end.seen.steps[1].has_waiting());
  EXPECT_EQ(harness_->Log(action, "build-step-bad"), "before\n");
}

TEST_F(OnPodman, Exit78IsNeutral) {
  EXPECT_EQ(Run(Action({{"skip", "exit 78"}})).result.completion, v1::COMPLETION_NEUTRAL);
}

TEST_F(OnPodman, ACommandThatIsNotThereFailsInTheEnginesWords) {
  const v1::Action action = Action({{"typo", "", R"({"command":["no-such-program"]})"}});
  const EndOfRun end = Run(action);
  EXPECT_EQ(end.result.completion, v1::COMPLETION_FAILURE);
  EXPECT_THAT(end.result.message, HasSubstr("no-such-program"));
  EXPECT_EQ(end.seen.steps[0].terminated().reason(), "StartError");
}

TEST_F(OnPodman, CancelLetsTheContainerCleanUpAndKeepsTheLog) {
  const v1::Action action =
      Action({{"long", "trap 'echo bye; exit 0' TERM; echo hello; while :; do sleep 0.1; done"},
              {"next", "echo never"}});
  Start(action);
  WaitForLog(action, "build-step-long", "hello");
  harness_->executor().Stop(action.metadata().uid(), StopReason::kCancelled);
  const EndOfRun end = harness_->WaitForEnd(action.metadata().uid());
  EXPECT_EQ(end.result.completion, v1::COMPLETION_FAILURE);
  EXPECT_EQ(end.result.reason, kBuildCancelled);
  EXPECT_EQ(end.seen.steps[0].terminated().reason(), "Cancelled");
  EXPECT_EQ(harness_->Log(action, "build-step-long"), "hello\nbye\n");
}

TEST_F(OnPodman, ATimeoutKillsWhatDoesNotListen) {
  const v1::Action action =
      Action({{"deaf", "trap '' TERM; echo up; while :; do sleep 0.1; done"}});
  Start(action);
  WaitForLog(action, "build-step-deaf", "up");
  harness_->executor().Stop(action.metadata().uid(), StopReason::kTimeout);
  const EndOfRun end = harness_->WaitForEnd(action.metadata().uid());
  EXPECT_EQ(end.result.reason, kReasonTimeout);
  EXPECT_EQ(end.seen.steps[0].terminated().exit_code(), 137);
  EXPECT_EQ(end.seen.steps[0].terminated().reason(), "Timeout");
}

TEST_F(OnPodman, ARestartTakesUpARunningContainerAndItsLogOnce) {
  const v1::Action action = Action(
      {{"count", "echo begin; n=0; until [ -e go ]; do n=$((n+1)); sleep 0.05; echo $n; done"},
       {"after", "ls"}});
  Start(action);
  WaitForLog(action, "build-step-count", "5\n");
  harness_->Restart();
  EXPECT_FALSE(harness_->executor().Observe(action.metadata().uid()));
  Start(action);
  WaitForRunning(action, 0);
  const auto id = podman_->Podman({"ps", "--quiet"});
  ASSERT_TRUE(id.ok());
  ASSERT_TRUE(podman_->Podman({"exec", id->substr(0, 12), "touch", "/workspace/go"}).ok());
  const EndOfRun end = harness_->WaitForEnd(action.metadata().uid());
  EXPECT_EQ(end.result.completion, v1::COMPLETION_SUCCESS) << end.result.message;
  const std::string log = harness_->Log(action, "build-step-count");
  std::string expected = "begin\n";
  for (int n = 1; expected.size() < log.size(); ++n) absl::StrAppend(&expected, n, "\n");
  EXPECT_EQ(log, expected) << "every line once, in order, begun once";
}

TEST_F(OnPodman, ARestartFindsWhatEndedMeanwhile) {
  const v1::Action action =
      Action({{"a", "echo a >> runs; sleep 0.5; echo late"}, {"b", "cat runs"}});
  Start(action);
  WaitForRunning(action, 0);
  harness_->Restart();
  ASSERT_TRUE(podman_->Podman({"wait", Place(action) + "-0"}).ok());
  const EndOfRun end = Run(action);
  EXPECT_EQ(end.result.completion, v1::COMPLETION_SUCCESS) << end.result.message;
  EXPECT_EQ(harness_->Log(action, "build-step-a"), "late\n");
  EXPECT_EQ(harness_->Log(action, "build-step-b"), "a\n") << "the step ran once";
}

TEST_F(OnPodman, AnEngineThatGoesAwayIsWaitedFor) {
  const v1::Action action =
      Action({{"survivor", "echo one; until [ -e go ]; do sleep 0.1; done; echo two"}});
  Start(action);
  WaitForLog(action, "build-step-survivor", "one");
  ASSERT_TRUE(podman_->StopService().ok());
  const Observation waiting =
      harness_->WaitUntil(action.metadata().uid(),
                          [](const Observation& seen) { return !seen.waiting_reason.empty(); });
  EXPECT_EQ(waiting.waiting_reason, "EngineUnavailable");
  EXPECT_THAT(waiting.waiting_message, HasSubstr("does not answer"));
  EXPECT_FALSE(waiting.result.has_value());
  ASSERT_TRUE(podman_->StartService().ok());
  ASSERT_TRUE(podman_->Podman({"exec", Place(action) + "-0", "touch", "/workspace/go"}).ok());
  const EndOfRun end = harness_->WaitForEnd(action.metadata().uid());
  EXPECT_EQ(end.result.completion, v1::COMPLETION_SUCCESS) << end.result.message;
  EXPECT_EQ(harness_->Log(action, "build-step-survivor"), "one\ntwo\n");
}

TEST_F(OnPodman, AContainerRemovedFromOutsideIsUnknown) {
  const v1::Action action = Action({{"victim", "echo here; sleep 1000"}});
  Start(action);
  WaitForLog(action, "build-step-victim", "here");
  // Behind the engine's back, or the executor may see the kill before the
  // removal, and that is an exit code.
  ASSERT_TRUE(podman_->StopService().ok());
  ASSERT_TRUE(podman_->Podman({"rm", "--force", "--time=0", Place(action) + "-0"}).ok());
  ASSERT_TRUE(podman_->StartService().ok());
  const EndOfRun end = harness_->WaitForEnd(action.metadata().uid());
  EXPECT_EQ(end.result.completion, v1::COMPLETION_UNKNOWN) << end.result.message;
  EXPECT_EQ(end.result.reason, kReasonRunLost);
  EXPECT_EQ(harness_->Log(action, "build-step-victim"), "here\n");
}

TEST_F(OnPodman, AMissingImageIsWaitedForUntilTheRunIsStopped) {
  const v1::Action action = Action({{"far", "true", R"({"image":"registry.invalid/no/such:1"})"}});
  Start(action);
  const Observation waiting = harness_->WaitUntil(
      action.metadata().uid(),
      [](const Observation& seen) { return seen.waiting_reason == "ImagePullBackOff"; });
  EXPECT_THAT(waiting.waiting_message, HasSubstr("registry.invalid/no/such:1"));
  harness_->executor().Stop(action.metadata().uid(), StopReason::kTimeout);
  const EndOfRun end = harness_->WaitForEnd(action.metadata().uid());
  EXPECT_EQ(end.result.reason, kReasonTimeout);
  EXPECT_TRUE(end.seen.steps[0].has_waiting());
}

TEST_F(OnPodman, AnInvalidImageNameFailsAtOnce) {
  const EndOfRun end = Run(Action({{"bad", "true", R"({"image":"Not A Name"})"}}));
  EXPECT_EQ(end.result.completion, v1::COMPLETION_FAILURE);
  EXPECT_EQ(end.result.reason, kReasonValidationFailed);
  EXPECT_THAT(end.result.message, HasSubstr("spec.steps[0].image"));
}

TEST_F(OnPodman, RemovalLeavesNothingRunningOrNot) {
  const v1::Action action = Action({{"long", "sleep 1000"}});
  Start(action);
  WaitForRunning(action, 0);
  EXPECT_THAT(*harness_->executor().List(), testing::ElementsAre(KeyOf(action)));
  ASSERT_TRUE(harness_->executor().Remove(KeyOf(action)).ok());
  EXPECT_THAT(*harness_->executor().List(), IsEmpty());
  EXPECT_FALSE(harness_->executor().Observe(action.metadata().uid()));
  EXPECT_TRUE(harness_->executor().Remove(KeyOf(action)).ok()) << "repeatable";
  // TearDown asks podman itself.
}

TEST_F(OnPodman, LargeLogsArriveWholeThroughABusThatFails) {
  const v1::Action action =
      Action({{"talk", "i=0; while [ $i -lt 20000 ]; do echo line-$i; i=$((i+1)); done"}});
  harness_->bus().SetConnected(false);
  Start(action);
  harness_->WaitUntil(action.metadata().uid(), [](const Observation& seen) {
    return seen.waiting_reason == "LogNotStored";
  });
  harness_->bus().SetConnected(true);
  EXPECT_EQ(harness_->WaitForEnd(action.metadata().uid()).result.completion,
            v1::COMPLETION_SUCCESS);
  std::string expected;
  for (int i = 0; i < 20000; ++i) absl::StrAppend(&expected, "line-", i, "\n");
  EXPECT_TRUE(harness_->Log(action, "build-step-talk") == expected);
}

}  // namespace
}  // namespace eventreactor::local
