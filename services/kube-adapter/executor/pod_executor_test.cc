#include "services/kube-adapter/executor/pod_executor.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <mutex>
#include <nlohmann/json.hpp>

#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "libs/bus/fake_bus.h"
#include "libs/status/status.h"
#include "services/kube-adapter/kube/testing/fake_api_server.h"
#include "services/kube-adapter/pod/pod_fixtures.h"
#include "services/kube-adapter/pod/pod_names.h"

namespace eventreactor::kube {
namespace {

using nlohmann::json;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

constexpr char kOneStep[] = R"({"steps":[{"name":"a","image":"busybox"}]})";

json Terminated(int code) {
  return {{"terminated",
           {{"exitCode", code},
            {"reason", code == 0 ? "Completed" : "Error"},
            {"startedAt", "2026-01-01T00:00:00Z"},
            {"finishedAt", "2026-01-01T00:00:01Z"}}}};
}
json Running() { return {{"running", {{"startedAt", "2026-01-01T00:00:00Z"}}}}; }

class Told : public Recorder {
 public:
  void Record(const std::string& kind, const v1::ObjectMeta& metadata, Severity /*severity*/,
              const std::string& reason, const std::string& message) override {
    const std::lock_guard lock(mutex_);
    all_ += absl::StrCat(kind, " ", metadata.name(), " ", metadata.uid(), " ", reason, ": ",
                         message, "\n");
  }
  std::string all() {
    const std::lock_guard lock(mutex_);
    return all_;
  }

 private:
  std::mutex mutex_;
  std::string all_;
};

class APodExecutor : public ::testing::Test {
 protected:
  APodExecutor() {
    auto client = Client::Create(server_.config());
    EXPECT_TRUE(client.ok()) << client.status();
    client_ = *std::move(client);
    Make(Namespaces(), {{"metadata", {{"name", "team"}}}});
    Make(ServiceAccounts(), {{"metadata", {{"name", "default"}, {"namespace", "team"}}}});
    pod_.tool.image = "tool:1";
    options_.logs.retry = absl::Milliseconds(20);
    options_.logs.patience = absl::Milliseconds(200);
    Restart();
  }
  ~APodExecutor() override { executor_.reset(); }

  // As a new process.
  void Restart() {
    executor_.reset();
    executor_ = MakePodExecutor({*client_, logs_, recorder_}, pod_, options_);
    executor_->SetListener([](const RunKey&) {});
    Await([&] { return executor_->List().ok(); });
  }

  void Make(const Resource& resource, const json& object) {
    const auto made = server_.Create(resource, object);
    EXPECT_TRUE(made.ok()) << made.status();
  }

  static void Await(const std::function<bool()>& holds) {
    const absl::Time until = absl::Now() + absl::Seconds(20);
    while (!holds()) {
      ASSERT_LT(absl::Now(), until);
      absl::SleepFor(absl::Milliseconds(5));
    }
  }

  absl::Status Start(const std::string& build = kOneStep) {
    action_ = pod_fixtures::ActionWith(build);
    return executor_->Start(action_, eventreactor::fixtures::EventOf("t", "/s", "id-1"));
  }
  // From here on, what is done and looked at is this one's.
  void StartAnother() {
    action_.mutable_metadata()->set_name("another");
    action_.mutable_metadata()->set_uid("u-2");
    const auto event = eventreactor::fixtures::EventOf("t", "/s", "id-1");
    ASSERT_TRUE(executor_->Start(action_, event).ok());
  }
  ObjectName Pod() const { return {"team", ChildName(action_)}; }

  // The kubelet's part: the state of a step.
  void SetStep(const std::string& step, const json& state, const std::string& phase = "Pending") {
    const absl::Status status = server_.Change(Pods(), Pod(), [&](json& pod) {
      json& statuses = pod["status"]["initContainerStatuses"];
      if (!statuses.is_array()) statuses = json::array();
      bool found = false;
      for (json& each : statuses) {
        if (each["name"] != step) continue;
        each["state"] = state;
        found = true;
      }
      if (!found) statuses.push_back({{"name", step}, {"state", state}});
      pod["status"]["phase"] = phase;
      pod["status"]["startTime"] = "2026-01-01T00:00:00Z";
      pod["spec"]["nodeName"] = "node-1";
    });
    EXPECT_TRUE(status.ok()) << status;
  }

  Observation Ended() {
    std::optional<Observation> seen;
    Await([&] {
      seen = executor_->Observe(action_.metadata().uid());
      return seen && seen->result;
    });
    return seen.value_or(Observation());
  }
  std::string Stored(const std::string& step, const std::string& action = "run") {
    std::string text;
    EXPECT_TRUE(logs_
                    .Read(
                        "team", action, action_.metadata().uid(), step, /*follow=*/false,
                        [] { return true; },
                        [&](const LogPiece& piece) {
                          text += piece.data;
                          return true;
                        })
                    .ok());
    return text;
  }

  FakeApiServer server_;
  std::unique_ptr<Client> client_;
  bus::FakeBus bus_;
  LogStore logs_{bus_, {}};
  Told recorder_;
  PodOptions pod_;
  ChildOptions options_;
  std::unique_ptr<Executor> executor_;
  v1::Action action_;
};

TEST_F(APodExecutor, MakesAPodThatBelongsToTheAction) {
  ASSERT_TRUE(Start().ok());
  const auto pod = server_.Get(Pods(), Pod());
  ASSERT_TRUE(pod);
  EXPECT_EQ((*pod)["metadata"]["ownerReferences"][0]["uid"], "u-1");
  EXPECT_THAT(server_.List(ConfigMaps(), "team"), ::testing::SizeIs(1));
  EXPECT_FALSE(executor_->Observe("u-1")->result);
}

TEST_F(APodExecutor, StartsOnceHoweverOftenItIsTold) {
  ASSERT_TRUE(Start().ok());
  ASSERT_TRUE(Start().ok());
  EXPECT_EQ(server_.CountRequests("POST", "/pods"), 1);
}

TEST_F(APodExecutor, TellsTheEndOnceTheLogIsStored) {
  ASSERT_TRUE(Start().ok());
  SetStep("build-step-a", Running());
  server_.AppendLog(Pod(), "build-step-a", "hello\n");
  Await([&] { return Stored("build-step-a") == "hello\n"; });
  server_.AppendLog(Pod(), "build-step-a", "bye\n");
  server_.EndLog(Pod(), "build-step-a");
  SetStep("build-step-a", Terminated(0));
  const Observation seen = Ended();
  EXPECT_EQ(seen.result->completion, v1::COMPLETION_SUCCESS);
  EXPECT_EQ(Stored("build-step-a"), "hello\nbye\n");
  EXPECT_THAT(seen.tails, ElementsAre("hello\nbye\n"));
  EXPECT_EQ(recorder_.all(), "");
}

TEST_F(APodExecutor, TakesUpAPodThatAnEarlierProcessMade) {
  ASSERT_TRUE(Start().ok());
  SetStep("build-step-a", Running());
  server_.AppendLog(Pod(), "build-step-a", "one\n");
  Await([&] { return Stored("build-step-a") == "one\n"; });
  Restart();
  ASSERT_TRUE(Start().ok());
  server_.AppendLog(Pod(), "build-step-a", "two\n");
  server_.EndLog(Pod(), "build-step-a");
  SetStep("build-step-a", Terminated(78));
  EXPECT_EQ(Ended().result->completion, v1::COMPLETION_NEUTRAL);
  EXPECT_EQ(Stored("build-step-a"), "one\ntwo\n");
  EXPECT_EQ(server_.CountRequests("POST", "/pods"), 1);
}

TEST_F(APodExecutor, DoesNotBeginAgainWhatWasBegunAndIsGone) {
  action_ = pod_fixtures::ActionWith(kOneStep);
  action_.mutable_status()->mutable_start_time()->set_seconds(1);
  ASSERT_TRUE(executor_->Start(action_, eventreactor::fixtures::EventOf("t")).ok());
  const Observation seen = Ended();
  EXPECT_EQ(seen.result->completion, v1::COMPLETION_UNKNOWN);
  EXPECT_EQ(seen.result->reason, "PodDeleted");
  EXPECT_EQ(server_.CountRequests("POST", "/pods"), 0);
}

TEST_F(APodExecutor, DoesNotTakeAPodForGoneThatItOnlyHasNotSeen) {
  action_ = pod_fixtures::ActionWith(kOneStep);
  // What is not labelled is not watched: as one whose news has yet to come.
  Make(Pods(), {{"metadata", {{"name", Pod().name}, {"namespace", Pod().ns}}}});
  action_.mutable_status()->mutable_start_time()->set_seconds(1);
  ASSERT_TRUE(executor_->Start(action_, eventreactor::fixtures::EventOf("t")).ok());
  EXPECT_FALSE(executor_->Observe("u-1")->result);
  EXPECT_EQ(server_.CountRequests("POST", "/pods"), 0);
}

TEST_F(APodExecutor, LeavesAForeignPodOfItsNameAlone) {
  action_ = pod_fixtures::ActionWith(kOneStep);
  Make(Pods(), {{"metadata", {{"name", Pod().name}, {"namespace", "team"}}}});
  ASSERT_TRUE(Start().ok());
  const Observation seen = Ended();
  EXPECT_EQ(seen.result->completion, v1::COMPLETION_FAILURE);
  EXPECT_THAT(seen.result->message, HasSubstr("does not belong to this Action"));
}

TEST_F(APodExecutor, FailsWhatTheApiServerRefusesForGood) {
  server_.SetValidator("pods", [](const json&, const json&) {
    return FakeApiServer::Refusal{422, "Invalid", "bad image", "spec.initContainers[0].image"};
  });
  ASSERT_TRUE(Start().ok());
  const Observation seen = Ended();
  EXPECT_EQ(seen.result->reason, kReasonValidationFailed);
  EXPECT_THAT(seen.result->message, HasSubstr("bad image"));
}

TEST_F(APodExecutor, TriesAgainWhereAQuotaIsUsedUp) {
  server_.Inject({.method = "POST",
                  .target_contains = "/pods",
                  .code = 403,
                  .reason = "Forbidden",
                  .message = "pods \"x\" is forbidden: exceeded quota: few"});
  EXPECT_EQ(Start().code(), absl::StatusCode::kPermissionDenied);
  EXPECT_FALSE(executor_->Observe("u-1"));
  EXPECT_TRUE(Start().ok());
}

TEST_F(APodExecutor, LeavesNothingOfAnEventWhosePodIsRefusedForGood) {
  server_.SetValidator("pods", [](const json&, const json&) {
    return FakeApiServer::Refusal{403, "Forbidden", "violates PodSecurity \"baseline:latest\"", ""};
  });
  ASSERT_TRUE(Start().ok());
  EXPECT_THAT(Ended().result->message, HasSubstr("violates PodSecurity"));
  EXPECT_THAT(server_.List(ConfigMaps(), "team"), IsEmpty());
}

TEST_F(APodExecutor, DoesNotTakeAWebhookThatIsDownForAServerThatIs) {
  server_.Inject({.method = "POST",
                  .target_contains = "/pods",
                  .code = 500,
                  .reason = "InternalError",
                  .message = "Internal error occurred: failed calling webhook \"policy\""});
  const absl::Status status = Start();
  EXPECT_EQ(Reason(status), "WEBHOOK_FAILED");
  EXPECT_FALSE(IsTransient(status));
  EXPECT_TRUE(Start().ok());
}

// Templates.
class ATemplate : public APodExecutor {
 protected:
  static Resource Templates(bool cluster = false) {
    return {.group = "build.knative.dev",
            .version = "v1alpha1",
            .plural = cluster ? "clusterbuildtemplates" : "buildtemplates",
            .kind = cluster ? "ClusterBuildTemplate" : "BuildTemplate",
            .namespaced = !cluster};
  }
  static json Shout() {
    return {{"parameters", {{{"name", "WHAT"}}}},
            {"steps", {{{"name", "say"}, {"image", "busybox"}, {"args", {"${WHAT}!"}}}}}};
  }
  std::string Refused(const std::string& build) {
    EXPECT_TRUE(Start(build).ok());
    const Observation seen = Ended();
    EXPECT_EQ(seen.result->completion, v1::COMPLETION_FAILURE);
    EXPECT_EQ(seen.result->reason, kReasonValidationFailed);
    EXPECT_EQ(server_.CountRequests("POST", "/pods"), 0);
    return seen.result->message;
  }
};

TEST_F(ATemplate, OfTheNamespaceGivesThePodItsSteps) {
  Make(Templates(), {{"metadata", {{"name", "shout"}, {"namespace", "team"}}}, {"spec", Shout()}});
  ASSERT_TRUE(
      Start(R"({"template":{"name":"shout","arguments":[{"name":"WHAT","value":"hey"}]}})").ok());
  const auto pod = server_.Get(Pods(), Pod());
  ASSERT_TRUE(pod);
  const json step = pod_fixtures::InitNamed(*pod, "build-step-say");
  EXPECT_EQ(step["args"], json({"hey!"}));
}

TEST_F(ATemplate, OfTheClusterGivesThePodItsSteps) {
  Make(Templates(/*cluster=*/true), {{"metadata", {{"name", "shout"}}}, {"spec", Shout()}});
  ASSERT_TRUE(Start(R"({"template":{"name":"shout","kind":"ClusterBuildTemplate",
                        "arguments":[{"name":"WHAT","value":"hey"}]}})")
                  .ok());
  EXPECT_TRUE(server_.Get(Pods(), Pod()));
}

TEST_F(ATemplate, ThatIsNotThereFailsTheAction) {
  EXPECT_THAT(Refused(R"({"template":{"name":"shout"}})"),
              HasSubstr("no BuildTemplate shout in the namespace team"));
}

TEST_F(ATemplate, WhoseParameterHasNoValueFailsTheAction) {
  Make(Templates(), {{"metadata", {{"name", "shout"}, {"namespace", "team"}}}, {"spec", Shout()}});
  EXPECT_THAT(Refused(R"({"template":{"name":"shout"}})"), HasSubstr("\"WHAT\""));
}

TEST_F(ATemplate, OfAKindThatTheClusterDoesNotKnowFailsTheAction) {
  server_.SetInterceptor([](const FakeRequest& request) -> std::optional<FakeAnswer> {
    if (request.path.find("buildtemplates") == std::string::npos) return std::nullopt;
    return FakeAnswer{404, "404 page not found\n", {{"content-type", "text/plain"}}};
  });
  EXPECT_THAT(Refused(R"({"template":{"name":"shout"}})"),
              HasSubstr("does not know the kind BuildTemplate"));
}

TEST_F(ATemplate, ThatMayNotBeReadFailsTheAction) {
  server_.Inject({.target_contains = "buildtemplates",
                  .code = 403,
                  .reason = "Forbidden",
                  .message = "buildtemplates \"shout\" is forbidden"});
  EXPECT_THAT(Refused(R"({"template":{"name":"shout"}})"),
              HasSubstr("may not read the BuildTemplate shout"));
}

TEST_F(ATemplate, IsAskedForAgainAfterAnErrorThatPasses) {
  Make(Templates(), {{"metadata", {{"name", "shout"}, {"namespace", "team"}}}, {"spec", Shout()}});
  server_.Inject({.target_contains = "buildtemplates",
                  .code = 500,
                  .reason = "InternalError",
                  .message = "etcdserver: request timed out"});
  const std::string build =
      R"({"template":{"name":"shout","arguments":[{"name":"WHAT","value":"hey"}]}})";
  const absl::Status first = Start(build);
  EXPECT_TRUE(first.ok() || IsTransient(first)) << first;
  EXPECT_TRUE(Start(build).ok());
  EXPECT_TRUE(server_.Get(Pods(), Pod()));
}

TEST_F(APodExecutor, FailsAnActionWhoseServiceAccountIsNotThere) {
  ASSERT_TRUE(Start(R"({"steps":[{"image":"b"}],"serviceAccountName":"nobody"})").ok());
  EXPECT_THAT(Ended().result->message, HasSubstr("no ServiceAccount nobody"));
}

TEST_F(APodExecutor, CancelsByTheDeadlineSoThatTheLogStays) {
  ASSERT_TRUE(Start().ok());
  SetStep("build-step-a", Running());
  server_.AppendLog(Pod(), "build-step-a", "working\n");
  Await([&] { return Stored("build-step-a") == "working\n"; });
  executor_->Stop("u-1", StopReason::kCancelled);
  const auto patched = server_.Await(Pods(), Pod(), [](const json& pod) {
    return pod["spec"].value("activeDeadlineSeconds", 0) > 0 &&
           !pod["metadata"].contains("deletionTimestamp");
  });
  ASSERT_TRUE(patched);
  server_.EndLog(Pod(), "build-step-a");
  ASSERT_TRUE(
      server_
          .Change(Pods(), Pod(),
                  [](json& pod) {
                    pod["status"]["phase"] = "Failed";
                    pod["status"]["reason"] = "DeadlineExceeded";
                    pod["status"]["initContainerStatuses"][0]["state"] = Terminated(137);
                    pod["status"]["initContainerStatuses"][0]["state"]["terminated"]["finishedAt"] =
                        absl::FormatTime("%Y-%m-%dT%H:%M:%SZ", absl::Now(), absl::UTCTimeZone());
                  })
          .ok());
  const Observation seen = Ended();
  EXPECT_EQ(seen.result->reason, kBuildCancelled);
  EXPECT_EQ(Stored("build-step-a"), "working\n");
}

TEST_F(APodExecutor, DeletesAPodThatNoNodeHasTakenWhenItIsCancelled) {
  ASSERT_TRUE(Start().ok());
  Await([&] { return executor_->List()->size() == 1; });
  executor_->Stop("u-1", StopReason::kCancelled);
  EXPECT_TRUE(server_.AwaitGone(Pods(), Pod()));
  EXPECT_EQ(Ended().result->reason, kBuildCancelled);
}

TEST_F(APodExecutor, SaysThatSomebodyDeletedThePod) {
  ASSERT_TRUE(Start().ok());
  SetStep("build-step-a", Running());
  server_.AppendLog(Pod(), "build-step-a", "working\n");
  Await([&] { return Stored("build-step-a") == "working\n"; });
  ASSERT_TRUE(server_.Remove(Pods(), Pod()).ok());
  const Observation seen = Ended();
  EXPECT_EQ(seen.result->completion, v1::COMPLETION_UNKNOWN);
  EXPECT_EQ(seen.result->reason, "PodDeleted");
}

TEST_F(APodExecutor, HoldsUpNoRunForAPodThatHasNothingToRead) {
  options_.log_readers = 1;
  Restart();
  ASSERT_TRUE(Start().ok());
  // It waits for its image while others come and go.
  SetStep("build-step-a", {{"waiting", {{"reason", "ImagePullBackOff"}}}});
  StartAnother();
  SetStep("build-step-a", Running());
  server_.AppendLog(Pod(), "build-step-a", "hello\n");
  Await([&] { return Stored("build-step-a", "another") == "hello\n"; });
}

TEST_F(APodExecutor, TellsEndsThoughTheLogsOfOthersAreStillFollowed) {
  options_.log_readers = 1;
  Restart();
  ASSERT_TRUE(Start().ok());
  SetStep("build-step-a", Running());
  server_.AppendLog(Pod(), "build-step-a", "hello\n");
  Await([&] { return Stored("build-step-a") == "hello\n"; });
  StartAnother();
  server_.AppendLog(Pod(), "build-step-a", "bye\n");
  server_.EndLog(Pod(), "build-step-a");
  SetStep("build-step-a", Running());
  SetStep("build-step-a", Terminated(0));
  EXPECT_THAT(Ended().tails, ElementsAre("bye\n"));
  EXPECT_FALSE(executor_->Observe("u-1")->result);
}

TEST_F(APodExecutor, TellsOfALogThatCannotBeRead) {
  ASSERT_TRUE(Start().ok());
  server_.Inject({.target_contains = "/log",
                  .count = -1,
                  .code = 400,
                  .reason = "BadRequest",
                  .message = "the node has no such file"});
  SetStep("build-step-a", Terminated(0));
  EXPECT_EQ(Ended().result->completion, v1::COMPLETION_SUCCESS) << "its own end is not touched";
  EXPECT_THAT(recorder_.all(), HasSubstr("Action run u-1 FailedReadLog: the log of build-step-a"));
  EXPECT_THAT(recorder_.all(), HasSubstr("the node has no such file"));
}

TEST_F(APodExecutor, KeepsAnEndedPodForAWhile) {
  options_.keep = absl::Hours(1000'000);
  Restart();
  ASSERT_TRUE(Start().ok());
  server_.EndLog(Pod(), "build-step-a");
  SetStep("build-step-a", Terminated(0), "Succeeded");
  Ended();
  ASSERT_TRUE(executor_->Remove({"team", "run", "u-1"}).ok());
  EXPECT_FALSE(executor_->Observe("u-1"));
  EXPECT_TRUE(server_.Get(Pods(), Pod()));
  // Long after its end: with what it needed.
  options_.keep = absl::ZeroDuration();
  Restart();
  ASSERT_TRUE(executor_->Remove({"team", "run", "u-1"}).ok());
  EXPECT_TRUE(server_.AwaitGone(Pods(), Pod()));
  EXPECT_THAT(server_.List(ConfigMaps(), "team"), IsEmpty());
}

TEST_F(APodExecutor, RemovesAPodAtOnceThatNobodyWaitsFor) {
  ASSERT_TRUE(Start().ok());
  SetStep("build-step-a", Running());
  Await([&] {
    const auto seen = executor_->Observe("u-1");
    return seen && !seen->steps.empty() && seen->steps[0].has_running();
  });
  ASSERT_TRUE(executor_->Remove({"team", "run", "u-1"}).ok());
  EXPECT_TRUE(server_.AwaitGone(Pods(), Pod()));
}

}  // namespace
}  // namespace eventreactor::kube
