#include "services/kube-adapter/store/pipeline_keeper.h"

#include <gmock/gmock.h>

#include "absl/time/clock.h"
#include "libs/domain/naming.h"
#include "services/kube-adapter/store/recorder_testing.h"
#include "services/kube-adapter/store/refused_actions.h"
#include "services/kube-adapter/store/store_testing.h"

namespace eventreactor::kube {
namespace {

using nlohmann::json;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Pair;

json PipelineObject(const std::string& name, const std::string& pattern = "") {
  json event = {{"type", "push"}};
  if (!pattern.empty()) event["sourcePattern"] = pattern;
  return {{"metadata", {{"name", name}, {"namespace", "default"}, {"generation", 3}}},
          {"spec", {{"trigger", {{"event", event}}}, {"steps", {{{"image", "b"}}}}}}};
}

const absl::Time kNow = absl::FromUnixSeconds(1'700'000'000);

TEST(PipelineRepairTest, GivesLabelsAndReadyToOneThatHasNeither) {
  const PipelineRepair repair = Decide(PipelineObject("p"), kNow);
  EXPECT_THAT(repair.labels,
              ElementsAre(Pair(EventTypeLabel(), "push"), Pair(PipelineTriggerLabel(), "event")));
  ASSERT_TRUE(repair.status);
  EXPECT_EQ(repair.status->observed_generation(), 3);
  EXPECT_EQ(repair.status->conditions(0).type(), "Ready");
  EXPECT_EQ(repair.status->conditions(0).status(), "True");
  EXPECT_EQ(repair.status->conditions(0).last_transition_time().seconds(), 1'700'000'000);
}

TEST(PipelineRepairTest, LeavesAloneWhatIsAsItShouldBe) {
  json object = PipelineObject("p");
  object["metadata"]["labels"] = {
      {EventTypeLabel(), "push"}, {PipelineTriggerLabel(), "event"}, {"mine", "1"}};
  object["status"] = {{"observedGeneration", 3},
                      {"conditions",
                       {{{"type", "Ready"},
                         {"status", "True"},
                         {"reason", "Compiled"},
                         {"message", "can be triggered"},
                         {"lastTransitionTime", "2020-01-01T00:00:00Z"},
                         {"observedGeneration", 3}}}}};
  const PipelineRepair repair = Decide(object, kNow);
  EXPECT_THAT(repair.labels, IsEmpty());
  EXPECT_FALSE(repair.status);

  object["metadata"]["generation"] = 4;
  const PipelineRepair changed = Decide(object, kNow);
  ASSERT_TRUE(changed.status);
  EXPECT_EQ(changed.status->conditions(0).observed_generation(), 4);
  EXPECT_EQ(changed.status->conditions(0).last_transition_time().seconds(), 1'577'836'800)
      << "the status did not change";
}

TEST(PipelineRepairTest, DropsTheLabelOfAFormerTrigger) {
  json object = PipelineObject("p");
  object["spec"]["trigger"] = {{"pipeline", {{"name", "q"}}}};
  object["metadata"]["labels"] = {{EventTypeLabel(), "push"}, {PipelineTriggerLabel(), "event"}};
  const PipelineRepair repair = Decide(object, kNow);
  EXPECT_THAT(repair.labels, ElementsAre(Pair(EventTypeLabel(), std::nullopt),
                                         Pair(PipelineTriggerLabel(), "pipeline")));
}

TEST(PipelineRepairTest, SaysWhyOneCannotBeUsed) {
  const PipelineRepair repair = Decide(PipelineObject("p", "(["), kNow);
  ASSERT_TRUE(repair.status);
  EXPECT_EQ(repair.status->conditions(0).status(), "False");
  EXPECT_EQ(repair.status->conditions(0).reason(), "InvalidPipeline");
  EXPECT_THAT(repair.status->conditions(0).message(), HasSubstr("sourcePattern"));
  EXPECT_FALSE(repair.compiled.ok());
}

TEST(PipelineRepairTest, SaysSoOfOneThatIsNotUnderstoodToo) {
  json object = PipelineObject("p");
  object["spec"]["steps"][0]["x"] = 9007199254740993;
  const PipelineRepair repair = Decide(object, kNow);
  EXPECT_THAT(repair.labels, IsEmpty());
  ASSERT_TRUE(repair.status);
  EXPECT_EQ(repair.status->conditions(0).status(), "False");
  EXPECT_THAT(repair.status->conditions(0).message(), HasSubstr("spec.steps[0].x"));
}

class PipelineKeeperTest : public KubeStoreTest {
 protected:
  json AwaitReady(const std::string& name, const std::string& value) {
    const auto found =
        server_.Await(PipelineKind().resource, {"default", name}, [&](const json& object) {
          return object.contains("status") &&
                 object["status"]["conditions"][0]["status"] == value &&
                 object["status"]["observedGeneration"] == object["metadata"]["generation"];
        });
    EXPECT_TRUE(found) << name << " did not become Ready=" << value;
    return found.value_or(json::object());
  }

  TestRecorder recorder_;
  PipelineKeeper keeper_{
      *client_,
      recorder_,
      {.retry_first = absl::Milliseconds(1), .retry_most = absl::Milliseconds(5)}};
};

TEST_F(PipelineKeeperTest, KeepsThoseThatAreThereAndThoseThatCome) {
  ASSERT_TRUE(server_.Create(PipelineKind().resource, PipelineObject("a")).ok());
  keeper_.Start();
  EXPECT_EQ(AwaitReady("a", "True")["metadata"]["labels"][EventTypeLabel()], "push");
  ASSERT_TRUE(server_.Create(PipelineKind().resource, PipelineObject("b", "([")).ok());
  AwaitReady("b", "False");
  EXPECT_THAT(recorder_.Await(1), ElementsAre(HasSubstr("Pipeline b Warning InvalidPipeline")));
  ASSERT_TRUE(
      server_
          .Change(PipelineKind().resource, {"default", "b"},
                  [](json& object) { object["spec"]["trigger"]["event"].erase("sourcePattern"); })
          .ok());
  AwaitReady("b", "True");
}

TEST_F(PipelineKeeperTest, TriesAgainWhatTheServerDidNotTake) {
  server_.Inject({.method = "PUT", .count = 3, .code = 500, .reason = "InternalError"});
  keeper_.Start();
  ASSERT_TRUE(server_.Create(PipelineKind().resource, PipelineObject("a")).ok());
  AwaitReady("a", "True");
}

TEST_F(PipelineKeeperTest, HoldsUpNoOtherForOneThatCannotBeWritten) {
  server_.Inject({.method = "PUT",
                  .target_contains = "/stubborn/status",
                  .count = -1,
                  .code = 500,
                  .reason = "InternalError"});
  ASSERT_TRUE(server_.Create(PipelineKind().resource, PipelineObject("stubborn")).ok());
  keeper_.Start();
  const auto tried = [&] { return server_.CountRequests("PUT", "/stubborn/status"); };
  const absl::Time until = absl::Now() + absl::Seconds(20);
  while (tried() == 0) {
    ASSERT_LT(absl::Now(), until);
    absl::SleepFor(absl::Milliseconds(1));
  }
  ASSERT_TRUE(server_.Create(PipelineKind().resource, PipelineObject("willing")).ok());
  AwaitReady("willing", "True");
  server_.ClearFaults();
  AwaitReady("stubborn", "True");
}

class RefusedActionsTest : public KubeStoreTest {
 protected:
  RefusedObject ListRefused() {
    EXPECT_TRUE(store_->actions().List({}).ok());
    const std::vector<RefusedObject> refused = Refused();
    EXPECT_FALSE(refused.empty());
    return refused.empty() ? RefusedObject() : refused.back();
  }

  RefusedActions failer_{*client_};
};

TEST_F(RefusedActionsTest, FailTellingWhy) {
  ASSERT_TRUE(server_.Create(ActionKind().resource, UnreadableAction("bad")).ok());
  const RefusedObject refused = ListRefused();
  failer_.Start();
  failer_.Tell(refused);
  const auto failed = server_.Await(ActionKind().resource, {"default", "bad"},
                                    [](const json& object) { return object.contains("status"); });
  ASSERT_TRUE(failed);
  const json& status = (*failed)["status"];
  EXPECT_EQ(status["completion"], "failure");
  EXPECT_EQ(status["conditions"][0]["reason"], "BuildValidationFailed");
  EXPECT_THAT(status["conditions"][0]["message"].get<std::string>(), HasSubstr("steps[0].x"));
  EXPECT_TRUE(status.contains("dispatchTime")) << "nothing more is to be done for it";
}

TEST_F(RefusedActionsTest, AreLeftAloneByThoseWhoDoNotLead) {
  ASSERT_TRUE(server_.Create(ActionKind().resource, UnreadableAction("bad")).ok());
  const RefusedObject refused = ListRefused();
  failer_.Tell(refused);
  failer_.Start();
  failer_.Stop();
  EXPECT_FALSE(server_.Get(ActionKind().resource, {"default", "bad"})->contains("status"));
}

}  // namespace
}  // namespace eventreactor::kube
