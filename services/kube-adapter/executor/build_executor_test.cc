// Builds whose controller is the test.
#include "services/kube-adapter/executor/build_executor.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <mutex>
#include <nlohmann/json.hpp>

#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "libs/bus/fake_bus.h"
#include "services/kube-adapter/build/build_plan.h"
#include "services/kube-adapter/kube/testing/fake_api_server.h"
#include "services/kube-adapter/pod/pod_fixtures.h"
#include "services/kube-adapter/pod/pod_names.h"

namespace eventreactor::kube {
namespace {

using nlohmann::json;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

json StepExited(int code) {
  return {{"terminated", {{"exitCode", code}, {"finishedAt", "2026-01-01T00:00:01Z"}}}};
}
json StepRunning() { return {{"running", {{"startedAt", "2026-01-01T00:00:00Z"}}}}; }

class Heard : public Recorder {
 public:
  void Record(const std::string& kind, const v1::ObjectMeta& metadata, Severity /*severity*/,
              const std::string& reason, const std::string& message) override {
    const std::lock_guard lock(mutex_);
    absl::StrAppend(&all_, kind, " ", metadata.name(), " ", reason, ": ", message, "\n");
  }
  std::string all() {
    const std::lock_guard lock(mutex_);
    return all_;
  }

 private:
  std::mutex mutex_;
  std::string all_;
};

class ABuildExecutor : public ::testing::Test {
 protected:
  ABuildExecutor() {
    auto client = Client::Create(server_.config());
    EXPECT_TRUE(client.ok()) << client.status();
    client_ = *std::move(client);
    options_.logs.retry = absl::Milliseconds(20);
    options_.logs.patience = absl::Milliseconds(200);
    Restart();
  }
  ~ABuildExecutor() override { executor_.reset(); }

  // As a new process.
  void Restart() {
    executor_.reset();
    executor_ = MakeBuildExecutor({*client_, logs_, recorder_}, {"tool:1", ""}, options_);
    executor_->SetListener([](const RunKey&) {});
    Await([&] { return executor_->List().ok(); });
  }
  static void Await(const std::function<bool()>& holds) {
    const absl::Time until = absl::Now() + absl::Seconds(20);
    while (!holds()) {
      ASSERT_LT(absl::Now(), until);
      absl::SleepFor(absl::Milliseconds(5));
    }
  }
  absl::Status Start(const std::string& build = R"({"steps":[{"name":"a","image":"busybox"}]})") {
    action_ = pod_fixtures::ActionWith(build);
    return executor_->Start(action_, eventreactor::fixtures::EventOf("t", "/s", "id-1"));
  }
  ObjectName Name() const { return {"team", ChildName(action_)}; }
  ObjectName Pod() const { return {"team", Name().name + "-pod"}; }

  // The controller's part: a Pod, if there is none, and what it tells of it.
  void Tell(const std::string& status, const std::string& reason, const json& states,
            bool own_pod = true) {
    const auto build = server_.Get(Builds(), Name());
    ASSERT_TRUE(build);
    if (!server_.Get(Pods(), Pod())) {
      const std::string owner = own_pod ? (*build)["metadata"]["uid"].get<std::string>() : "x";
      const auto made = server_.Create(Pods(), {{"metadata",
                                                 {{"name", Pod().name},
                                                  {"namespace", "team"},
                                                  {"ownerReferences",
                                                   {{{"apiVersion", Builds().api_version()},
                                                     {"kind", "Build"},
                                                     {"name", Name().name},
                                                     {"uid", owner}}}}}}});
      ASSERT_TRUE(made.ok()) << made.status();
    }
    const absl::Status told = server_.Change(Builds(), Name(), [&](json& object) {
      object["status"] = {
          {"cluster", {{"namespace", "team"}, {"podName", Pod().name}}},
          {"stepStates", states},
          {"conditions", {{{"type", "Succeeded"}, {"status", status}, {"reason", reason}}}}};
    });
    ASSERT_TRUE(told.ok()) << told;
  }
  Observation Ended() {
    std::optional<Observation> seen;
    Await([&] {
      seen = executor_->Observe("u-1");
      return seen && seen->result;
    });
    return seen.value_or(Observation());
  }
  std::string Stored(const std::string& step) {
    std::string text;
    EXPECT_TRUE(logs_
                    .Read(
                        "team", "run", "u-1", step, /*follow=*/false, [] { return true; },
                        [&](const LogPiece& piece) {
                          text += piece.data;
                          return true;
                        })
                    .ok());
    return text;
  }

  FakeApiServer server_{{.collect_garbage = false}};
  std::unique_ptr<Client> client_;
  bus::FakeBus bus_;
  LogStore logs_{bus_, {}};
  Heard recorder_;
  ChildOptions options_;
  std::unique_ptr<Executor> executor_;
  v1::Action action_;
};

TEST_F(ABuildExecutor, MakesABuildAndNoPod) {
  ASSERT_TRUE(Start().ok());
  ASSERT_TRUE(Start().ok());
  const auto build = server_.Get(Builds(), Name());
  ASSERT_TRUE(build);
  EXPECT_EQ((*build)["metadata"]["ownerReferences"][0]["uid"], "u-1");
  EXPECT_THAT(server_.List(Pods(), "team"), IsEmpty());
  EXPECT_EQ(server_.CountRequests("POST", "/builds"), 1);
}

TEST_F(ABuildExecutor, RelaysTheBuildsStatusAndTheLogOfItsPod) {
  ASSERT_TRUE(Start().ok());
  Tell("Unknown", "Building", {StepExited(0), StepRunning()});
  server_.AppendLog(Pod(), "build-step-a", "hello\n");
  Await([&] { return Stored("build-step-a") == "hello\n"; });
  const auto seen = executor_->Observe("u-1");
  ASSERT_TRUE(seen);
  EXPECT_TRUE(seen->steps[0].has_running());
  EXPECT_EQ(seen->place, Pod().name);
  server_.AppendLog(Pod(), "build-step-a", "bye\n");
  server_.EndLog(Pod(), "build-step-a");
  Tell("True", "", {StepExited(0), StepExited(0)});
  const Observation end = Ended();
  EXPECT_EQ(end.result->completion, v1::COMPLETION_SUCCESS);
  EXPECT_THAT(end.tails, ElementsAre("hello\nbye\n"));
  EXPECT_EQ(Stored("build-step-a"), "hello\nbye\n");
  EXPECT_EQ(recorder_.all(), "");
}

TEST_F(ABuildExecutor, TakesUpABuildThatAnEarlierProcessMade) {
  ASSERT_TRUE(Start().ok());
  Restart();
  ASSERT_TRUE(Start().ok());
  EXPECT_EQ(server_.CountRequests("POST", "/builds"), 1);
  server_.EndLog(Pod(), "build-step-a");
  Tell("False", "BuildExecuteFailed", {StepExited(0), StepExited(78)});
  EXPECT_EQ(Ended().result->completion, v1::COMPLETION_NEUTRAL);
}

TEST_F(ABuildExecutor, CancelsByTheBuildsOwnField) {
  ASSERT_TRUE(Start().ok());
  Tell("Unknown", "Building", {StepExited(0), StepRunning()});
  Await([&] {
    const auto seen = executor_->Observe("u-1");
    return seen && !seen->steps.empty() && seen->steps[0].has_running();
  });
  executor_->Stop("u-1", StopReason::kCancelled);
  ASSERT_TRUE(server_.Await(Builds(), Name(), [](const json& build) {
    return build["spec"].value("status", "") == "BuildCancelled";
  }));
  EXPECT_FALSE(executor_->Observe("u-1")->result) << "the controller has to do it";
  server_.EndLog(Pod(), "build-step-a");
  Tell("False", "BuildCancelled", {StepExited(0), StepRunning()});
  EXPECT_EQ(Ended().result->reason, kBuildCancelled);
}

TEST_F(ABuildExecutor, DeletesABuildThatNoControllerHasTaken) {
  ASSERT_TRUE(Start().ok());
  Await([&] { return executor_->List()->size() == 1; });
  executor_->Stop("u-1", StopReason::kTimeout);
  EXPECT_TRUE(server_.AwaitGone(Builds(), Name()));
  const Observation seen = Ended();
  EXPECT_EQ(seen.result->reason, kReasonTimeout);
}

TEST_F(ABuildExecutor, DeletesABuildWhoseControllerDoesNotListen) {
  options_.stop_patience = absl::ZeroDuration();
  Restart();
  ASSERT_TRUE(Start().ok());
  Tell("Unknown", "Building", {StepExited(0)});
  Await([&] { return !executor_->Observe("u-1")->place.empty(); });
  executor_->Stop("u-1", StopReason::kCancelled);
  executor_->Stop("u-1", StopReason::kCancelled);
  EXPECT_TRUE(server_.AwaitGone(Builds(), Name()));
  EXPECT_EQ(Ended().result->reason, kBuildCancelled);
}

TEST_F(ABuildExecutor, SaysThatSomebodyDeletedTheBuild) {
  ASSERT_TRUE(Start().ok());
  Await([&] { return executor_->List()->size() == 1; });
  ASSERT_TRUE(server_.Remove(Builds(), Name()).ok());
  const Observation seen = Ended();
  EXPECT_EQ(seen.result->completion, v1::COMPLETION_UNKNOWN);
  EXPECT_EQ(seen.result->reason, "BuildDeleted");
}

TEST_F(ABuildExecutor, ReadsNoLogOfAPodThatIsNotTheBuilds) {
  ASSERT_TRUE(Start().ok());
  Tell("Unknown", "Building", {StepExited(0), StepRunning()}, /*own_pod=*/false);
  server_.AppendLog(Pod(), "build-step-a", "a secret\n");
  server_.EndLog(Pod(), "build-step-a");
  Tell("True", "", {StepExited(0), StepExited(0)});
  EXPECT_EQ(Ended().result->completion, v1::COMPLETION_SUCCESS);
  EXPECT_EQ(Stored("build-step-a"), "");
  EXPECT_THAT(recorder_.all(), HasSubstr("does not belong to the Build"));
}

TEST_F(ABuildExecutor, RemovesAnEndedBuildAfterAWhile) {
  options_.keep = absl::ZeroDuration();
  Restart();
  ASSERT_TRUE(Start().ok());
  server_.EndLog(Pod(), "build-step-a");
  Tell("True", "", {StepExited(0), StepExited(0)});
  Ended();
  ASSERT_TRUE(executor_->Remove({"team", "run", "u-1"}).ok());
  EXPECT_TRUE(server_.AwaitGone(Builds(), Name()));
  EXPECT_THAT(server_.List({.version = "v1", .plural = "configmaps", .kind = "ConfigMap"}, "team"),
              IsEmpty());
}

}  // namespace
}  // namespace eventreactor::kube
