// Over Pods as API servers tell them, shortened to what counts.
#include "services/kube-adapter/pod/pod_observe.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

namespace eventreactor::kube {
namespace {

using nlohmann::json;
using ::testing::AllOf;
using ::testing::HasSubstr;

constexpr char kNow[] = "2026-01-02T03:10:00Z";

absl::Time At(const std::string& text) {
  absl::Time time;
  std::string error;
  EXPECT_TRUE(absl::ParseTime(absl::RFC3339_full, text, &time, &error)) << error;
  return time;
}

json Exited(int code, const std::string& reason, const std::string& message = "",
            const std::string& finished = "2026-01-02T03:05:00Z") {
  return {{"terminated",
           {{"exitCode", code},
            {"reason", reason},
            {"message", message},
            {"startedAt", "2026-01-02T03:04:05Z"},
            {"finishedAt", finished},
            {"containerID", "containerd://abc"}}}};
}
json Done() { return Exited(0, "Completed"); }
json Running() { return {{"running", {{"startedAt", "2026-01-02T03:04:05Z"}}}}; }
json Waiting(const std::string& reason, const std::string& message = "") {
  json state = {{"waiting", {{"reason", reason}}}};
  if (!message.empty()) state["waiting"]["message"] = message;
  return state;
}

// A Pod on node n1 with event-files, the source and two steps, in these states.
json PodWith(const std::vector<json>& states, const std::string& phase = "Pending") {
  const std::vector<std::string> names = {"event-files", "build-source-git", "build-step-one",
                                          "build-step-two"};
  json pod = {
      {"metadata", {{"name", "run-1"}, {"namespace", "team"}, {"uid", "p"}}},
      {"spec", {{"nodeName", "n1"}, {"initContainers", json::array()}}},
      {"status",
       {{"phase", phase},
        {"startTime", "2026-01-02T03:04:00Z"},
        {"initContainerStatuses", json::array()},
        {"containerStatuses", {{{"name", "nop"}, {"state", Waiting("PodInitializing")}}}}}}};
  for (size_t i = 0; i < names.size(); ++i) {
    pod["spec"]["initContainers"].push_back(
        {{"name", names[i]}, {"image", "example.com/" + names[i] + ":1"}});
    pod["status"]["initContainerStatuses"].push_back(
        {{"name", names[i]},
         {"restartCount", 0},
         {"state", i < states.size() ? states[i] : Waiting("PodInitializing")}});
  }
  return pod;
}

Observation Observe(const json& pod, StopReason stop = StopReason::kNone, bool gone = false) {
  Sighting sighting;
  sighting.now = At(kNow);
  sighting.stop = stop;
  sighting.gone = gone;
  sighting.timeout = absl::Seconds(90);
  return ObservePod(pod, sighting);
}

json Condition(const std::string& type, const std::string& status, const std::string& reason,
               const std::string& message, const std::string& at = "2026-01-02T03:06:00Z") {
  return {{"type", type},
          {"status", status},
          {"reason", reason},
          {"message", message},
          {"lastTransitionTime", at}};
}

// As DELETE with 30 s of grace leaves it.
json Deleting(json pod, const std::string& due = "2026-01-02T03:10:30Z") {
  pod["metadata"]["deletionTimestamp"] = due;
  pod["metadata"]["deletionGracePeriodSeconds"] = 30;
  return pod;
}

void ExpectEnd(const Observation& seen, v1::Completion completion, const std::string& reason,
               const std::string& part_of_message) {
  ASSERT_TRUE(seen.result) << "waits: " << seen.waiting_reason << " " << seen.waiting_message;
  EXPECT_EQ(seen.result->completion, completion) << seen.result->message;
  EXPECT_EQ(seen.result->reason, reason) << seen.result->message;
  EXPECT_THAT(seen.result->message, HasSubstr(part_of_message));
}

TEST(PodObservation, ShowsSourcesAndStepsButNotOurOwnContainers) {
  const Observation seen = Observe(PodWith({Done(), Done(), Running()}));
  ASSERT_EQ(seen.steps.size(), 3U);
  EXPECT_EQ(seen.steps[0].name(), "build-source-git");
  EXPECT_EQ(seen.steps[0].terminated().container_id(), "containerd://abc");
  EXPECT_EQ(seen.steps[0].terminated().finished_at().seconds(),
            absl::ToUnixSeconds(At("2026-01-02T03:05:00Z")));
  EXPECT_TRUE(seen.steps[1].has_running());
  EXPECT_EQ(seen.steps[2].waiting().reason(), "Pending") << "its turn is to come";
  EXPECT_EQ(seen.place, "run-1");
  EXPECT_EQ(seen.started_at, At("2026-01-02T03:04:05Z"));
  EXPECT_EQ(seen.waiting_reason, "");
  EXPECT_FALSE(seen.result);
}

TEST(PodObservation, SuccessIsKnownBeforeTheMainContainerRan) {
  ExpectEnd(Observe(PodWith({Done(), Done(), Done(), Done()})), v1::COMPLETION_SUCCESS, "Completed",
            "all steps");
}

TEST(PodObservation, TheFirstStepThatFailsEndsTheRun) {
  ExpectEnd(Observe(PodWith({Done(), Done(), Exited(3, "Error")})), v1::COMPLETION_FAILURE,
            "BuildExecuteFailed", "build-step-one exited with 3");
}

TEST(PodObservation, Exit78IsNeutral) {
  ExpectEnd(Observe(PodWith({Done(), Done(), Done(), Exited(78, "Error")}, "Failed")),
            v1::COMPLETION_NEUTRAL, "BuildExecuteFailed", "78");
}

// The kubelet may tell of a container's end before it tells of the deadline.
TEST(PodObservation, WhatAStopKilledIsNoVerdictBeforeThePodSaysWhyItEnds) {
  for (const int code : {137, 143}) {
    const json pod = PodWith({Done(), Done(), Exited(code, "Error")});
    const Observation early = Observe(pod, StopReason::kCancelled);
    EXPECT_FALSE(early.result) << early.result->message;
    EXPECT_EQ(early.steps[1].terminated().reason(), "Cancelled");
    json ended = PodWith({Done(), Done(), Exited(code, "Error")}, "Failed");
    ExpectEnd(Observe(ended, StopReason::kCancelled), v1::COMPLETION_FAILURE, "BuildCancelled",
              "while build-step-one was running");
    ExpectEnd(Observe(ended, StopReason::kTimeout), v1::COMPLETION_FAILURE, "BuildTimeout",
              "timed out after 1m30s");
    ExpectEnd(Observe(pod), v1::COMPLETION_FAILURE, "BuildExecuteFailed",
              "build-step-one exited with");
  }
}

TEST(PodObservation, AStepThatFailedByItselfWhileItWasStoppedKeepsItsVerdict) {
  ExpectEnd(Observe(PodWith({Done(), Done(), Exited(3, "Error")}), StopReason::kCancelled),
            v1::COMPLETION_FAILURE, "BuildExecuteFailed", "build-step-one exited with 3");
  ExpectEnd(Observe(PodWith({Done(), Done(), Exited(137, "OOMKilled")}), StopReason::kTimeout),
            v1::COMPLETION_FAILURE, "BuildExecuteFailed", "OOMKilled");
}

TEST(PodObservation, OutOfMemoryIsAFailureThatSaysSo) {
  ExpectEnd(Observe(PodWith({Done(), Done(), Exited(137, "OOMKilled")}, "Failed")),
            v1::COMPLETION_FAILURE, "BuildExecuteFailed", "(OOMKilled)");
}

TEST(PodObservation, ACommandThatIsNotThereIsAFailureInTheRuntimesWords) {
  ExpectEnd(Observe(PodWith(
                {Done(), Done(),
                 Exited(128, "StartError",
                        "failed to create containerd task: exec: \"/no/such\": no such file")},
                "Failed")),
            v1::COMPLETION_FAILURE, "BuildExecuteFailed", "/no/such");
}

TEST(PodObservation, AFailedCloneTellsGitsWords) {
  ExpectEnd(Observe(PodWith({Done(), Exited(1, "Error", "fatal: repository not found")}, "Failed")),
            v1::COMPLETION_FAILURE, "BuildExecuteFailed", "fatal: repository not found");
}

TEST(PodObservation, AContainerOfOursThatFailsIsToldApart) {
  ExpectEnd(Observe(PodWith({Exited(1, "Error", "no space left on device")}, "Failed")),
            v1::COMPLETION_FAILURE, "BuildExecuteFailed",
            "before the first step: event-files exited with 1: no space left on device");
}

TEST(PodObservation, AnInvalidImageNameFailsAtOnce) {
  ExpectEnd(Observe(PodWith({Done(), Done(), Waiting("InvalidImageName", "couldn't parse")})),
            v1::COMPLETION_FAILURE, "BuildValidationFailed",
            "\"example.com/build-step-one:1\" is no image name");
}

struct Wait {
  json pod;
  const char* reason;
  const char* part_of_message;
};

TEST(PodObservation, SaysInWordsWhatIsWaitedFor) {
  json unschedulable = PodWith({});
  unschedulable["spec"].erase("nodeName");
  unschedulable["status"]["conditions"] = {Condition(
      "PodScheduled", "False", "Unschedulable", "0/1 nodes are available: 1 Insufficient cpu.")};
  json fresh = PodWith({});
  fresh["spec"].erase("nodeName");
  fresh["status"] = {{"phase", "Pending"}};
  const std::vector<Wait> waits = {
      {PodWith({Done(), Waiting("ImagePullBackOff", "Back-off pulling image")}), "ImagePullBackOff",
       "example.com/build-source-git:1 of build-source-git cannot be pulled"},
      {PodWith({Done(), Waiting("ErrImagePull", "not found")}), "ImagePullBackOff", "not found"},
      {PodWith({Done(), Waiting("ErrImageNeverPull")}), "ErrImageNeverPull", "is not on the node"},
      {PodWith({Done(), Waiting("CreateContainerConfigError", "secret \"s\" not found")}),
       "CreateContainerConfigError", "cannot be set up yet: secret \"s\" not found"},
      {PodWith({Done(), Waiting("CreateContainerError", "device busy")}), "CreateContainerError",
       "build-source-git waits: CreateContainerError: device busy"},
      {unschedulable, "Unschedulable", "0/1 nodes are available: 1 Insufficient cpu."},
      {fresh, "Pending", "scheduler"},
      {PodWith({}), "PodInitializing", "the node n1 prepares"},
      {PodWith({Waiting("ContainerCreating")}), "PodInitializing", "the node n1 prepares"},
      {PodWith({Running()}), "PodInitializing", "event-files is running"},
      {Deleting(PodWith({Done(), Running()})), "Terminating", "run-1 is being deleted"},
  };
  for (const Wait& wait : waits) {
    const Observation seen = Observe(wait.pod);
    EXPECT_FALSE(seen.result) << wait.pod["status"];
    EXPECT_EQ(seen.waiting_reason, wait.reason) << wait.pod["status"];
    EXPECT_THAT(seen.waiting_message, HasSubstr(wait.part_of_message));
  }
}

TEST(PodObservation, BetweenTwoStepsNothingIsWaitedFor) {
  const Observation seen = Observe(PodWith({Done(), Done(), Waiting("PodInitializing")}));
  EXPECT_EQ(seen.waiting_reason, "");
  EXPECT_FALSE(seen.result);
}

TEST(PodObservation, AStoppedRunSaysWhyAndWhere) {
  const json killed = Deleting(
      PodWith({Done(), Done(), Exited(137, "Error", "", "2026-01-02T03:10:10Z")}, "Failed"));
  const Observation timeout = Observe(killed, StopReason::kTimeout);
  ExpectEnd(timeout, v1::COMPLETION_FAILURE, "BuildTimeout",
            "timed out after 1m30s while build-step-one was running");
  EXPECT_EQ(timeout.steps[1].terminated().reason(), "Timeout");
  const Observation cancelled = Observe(killed, StopReason::kCancelled);
  ExpectEnd(cancelled, v1::COMPLETION_FAILURE, "BuildCancelled",
            "cancelled while build-step-one was running");
  EXPECT_EQ(cancelled.steps[1].terminated().reason(), "Cancelled");
  ExpectEnd(
      Observe(PodWith({Done(), Waiting("ImagePullBackOff", "x")}), StopReason::kTimeout, true),
      v1::COMPLETION_FAILURE, "BuildTimeout",
      "before build-source-git was started; the image example.com/build-source-git:1");
}

TEST(PodObservation, AStoppedRunIsNotOverWhileItsContainerLives) {
  EXPECT_FALSE(Observe(Deleting(PodWith({Done(), Running()})), StopReason::kCancelled).result);
}

TEST(PodObservation, WhatEndedBeforeItWasStoppedCounts) {
  const json failed =
      Deleting(PodWith({Done(), Done(), Exited(3, "Error", "", "2026-01-02T03:09:59Z")}, "Failed"));
  ExpectEnd(Observe(failed, StopReason::kTimeout), v1::COMPLETION_FAILURE, "BuildExecuteFailed",
            "exited with 3");
  ExpectEnd(Observe(Deleting(PodWith({Done(), Done(), Done(), Done()})), StopReason::kCancelled),
            v1::COMPLETION_SUCCESS, "Completed", "");
}

json WithReason(json pod, const std::string& reason, const std::string& message) {
  pod["status"]["reason"] = reason;
  pod["status"]["message"] = message;
  return pod;
}

TEST(PodObservation, ThePodsOwnDeadlineIsATimeout) {
  json pod = WithReason(PodWith({Done(), Done(), Exited(137, "Error")}, "Failed"),
                        "DeadlineExceeded", "Pod was active on the node longer than specified");
  pod["spec"]["activeDeadlineSeconds"] = 60;
  const Observation seen = Observe(pod);
  ExpectEnd(seen, v1::COMPLETION_FAILURE, "BuildTimeout", "while build-step-one was running");
  EXPECT_EQ(seen.steps[1].terminated().reason(), "Timeout");
  ExpectEnd(Observe(pod, StopReason::kCancelled), v1::COMPLETION_FAILURE, "BuildCancelled",
            "cancelled");
}

TEST(PodObservation, AnEvictionIsUnknownInTheKubeletsWords) {
  json pod = WithReason(
      PodWith({Done(), Done(), Exited(137, "Error", "", "2026-01-02T03:06:01Z")}, "Failed"),
      "Evicted", "The node was low on resource: memory.");
  ExpectEnd(Observe(pod), v1::COMPLETION_UNKNOWN, "Evicted", "low on resource: memory");
  pod["status"]["conditions"] = {
      Condition("DisruptionTarget", "True", "TerminationByKubelet", "low on resource")};
  ExpectEnd(Observe(pod), v1::COMPLETION_UNKNOWN, "Evicted", "low on resource: memory");
  pod["status"]["initContainerStatuses"][2]["state"] =
      Exited(3, "Error", "", "2026-01-02T03:05:59Z");
  ExpectEnd(Observe(pod), v1::COMPLETION_FAILURE, "BuildExecuteFailed", "exited with 3");
}

TEST(PodObservation, APodThatItsNodeRefusesFails) {
  json pod = WithReason(PodWith({}, "Failed"), "OutOfcpu", "Node didn't have enough resource: cpu");
  pod["status"].erase("initContainerStatuses");
  ExpectEnd(Observe(pod), v1::COMPLETION_FAILURE, "BuildExecuteFailed",
            "the node n1 refused the Pod run-1: OutOfcpu: Node didn't have enough");
}

TEST(PodObservation, ADeletedPodIsUnknownUnlessItsExitCodesTell) {
  const json running = Deleting(PodWith({Done(), Done(), Running()}));
  const Observation seen = Observe(running, StopReason::kNone, true);
  ExpectEnd(seen, v1::COMPLETION_UNKNOWN, "PodDeleted", "while build-step-one was running");
  EXPECT_EQ(seen.steps[1].terminated().reason(), "ContainerLost");
  ExpectEnd(Observe(PodWith({Done(), Done(), Running()}), StopReason::kNone, true),
            v1::COMPLETION_UNKNOWN, "PodDeleted", "somebody deleted it");
  ExpectEnd(
      Observe(Deleting(PodWith({Done(), Done(), Exited(143, "Error", "", "2026-01-02T03:10:01Z")},
                               "Failed")),
              StopReason::kNone, true),
      v1::COMPLETION_UNKNOWN, "PodDeleted", "build-step-one");
  ExpectEnd(Observe(Deleting(PodWith({Done(), Done(), Done(), Done()})), StopReason::kNone, true),
            v1::COMPLETION_SUCCESS, "Completed", "");
}

TEST(PodObservation, ANodeThatDoesNotAnswerEndsTheRunInTheEnd) {
  const json pod = Deleting(PodWith({Done(), Done(), Running()}), "2026-01-02T03:08:30Z");
  ExpectEnd(Observe(pod), v1::COMPLETION_UNKNOWN, "NodeLost", "the node n1 does not answer");
  ExpectEnd(Observe(pod, StopReason::kCancelled), v1::COMPLETION_FAILURE, "BuildCancelled", "");
  const json recent = Deleting(PodWith({Done(), Done(), Running()}), "2026-01-02T03:09:30Z");
  EXPECT_FALSE(Observe(recent).result) << "it may still answer";
}

TEST(PodObservation, AContainerThatNobodySawEndIsUnknown) {
  ExpectEnd(
      Observe(PodWith({Done(), Done(),
                       Exited(137, "ContainerStatusUnknown", "The container could not be located")},
                      "Failed")),
      v1::COMPLETION_UNKNOWN, "RunLost", "run-1 ended while build-step-one was running");
}

TEST(PodObservation, IsNoLongerThanAStatusMayBe) {
  const std::string endless(5000, 'x');
  const Observation seen = Observe(PodWith({Done(), Done(), Exited(1, endless, endless)}));
  ASSERT_EQ(seen.steps.size(), 3);
  EXPECT_EQ(seen.steps[1].terminated().reason().size(), 1024);
  EXPECT_EQ(seen.steps[1].terminated().message().size(), 4096);
}

TEST(PodObservation, WhateverThePodIsItCanBeRead) {
  for (const char* text :
       {"null", "7", "[]", "{}", R"({"status": []})", R"({"spec": {"initContainers": {"a": 1}}})",
        R"({"spec": {"initContainers": [7, null, {"name": 5}]},
            "status": {"initContainerStatuses": [{"name": 5, "state": 3}, 9], "conditions": {}}})",
        R"({"spec": {"initContainers": [{"name": "build-step-a"}]},
            "status": {"phase": "Failed", "initContainerStatuses":
              [{"name": "build-step-a", "state": {"terminated": {"exitCode": "no"}}}]}})"}) {
    const Observation seen = Observe(json::parse(text));
    EXPECT_LE(seen.steps.size(), 1U) << text;
  }
  EXPECT_FALSE(Observe(json::object()).result) << "no step ended, so nothing is known";
}

}  // namespace
}  // namespace eventreactor::kube
