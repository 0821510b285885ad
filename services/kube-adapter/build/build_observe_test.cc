// Over Builds as a build controller leaves them.
#include "services/kube-adapter/build/build_observe.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "absl/time/clock.h"
#include "services/kube-adapter/build/build_plan.h"

namespace eventreactor::kube {
namespace {

using nlohmann::json;
using ::testing::HasSubstr;
using ::testing::SizeIs;

json Exited(int code) {
  return {{"terminated",
           {{"exitCode", code},
            {"reason", code == 0 ? "Completed" : "Error"},
            {"startedAt", "2026-01-02T03:04:05Z"},
            {"finishedAt", "2026-01-02T03:05:00Z"}}}};
}
json Running() { return {{"running", {{"startedAt", "2026-01-02T03:04:05Z"}}}}; }

// Of our step and two of the user's.
json BuildWith(const std::string& status, const std::string& reason = "",
               const std::vector<json>& states = {}, const std::string& message = "") {
  json build = {{"metadata", {{"name", "run-1"}, {"namespace", "team"}, {"uid", "b"}}},
                {"spec", {{"steps", json::array()}}}};
  for (const char* name : {kEventStep, "one", "two"}) {
    build["spec"]["steps"].push_back({{"name", name}, {"image", "i"}});
  }
  if (status.empty()) return build;
  build["status"] = {
      {"builder", "Cluster"},
      {"cluster", {{"namespace", "team"}, {"podName", "run-1-pod"}}},
      {"startTime", "2026-01-02T03:04:00Z"},
      {"stepStates", states},
      {"conditions",
       {{{"type", "Succeeded"}, {"status", status}, {"reason", reason}, {"message", message}}}}};
  return build;
}

Observation Observe(json build, StopReason stop = StopReason::kNone, bool gone = false) {
  TrimBuild(build);
  Sighting sighting;
  sighting.now = absl::FromUnixSeconds(1767323400);  // 2026-01-02T03:10:00Z
  sighting.stop = stop;
  sighting.gone = gone;
  sighting.timeout = absl::Seconds(90);
  return ObserveBuild(build, sighting);
}

void ExpectEnd(const Observation& seen, v1::Completion completion, const std::string& reason,
               const std::string& part_of_message) {
  ASSERT_TRUE(seen.result) << "waits: " << seen.waiting_reason << " " << seen.waiting_message;
  EXPECT_EQ(seen.result->completion, completion) << seen.result->message;
  EXPECT_EQ(seen.result->reason, reason) << seen.result->message;
  EXPECT_THAT(seen.result->message, HasSubstr(part_of_message));
}

TEST(BuildObservation, WaitsForAControllerAndSaysSo) {
  const Observation seen = Observe(BuildWith(""));
  EXPECT_FALSE(seen.result);
  EXPECT_EQ(seen.waiting_reason, "Pending");
  EXPECT_THAT(seen.waiting_message, HasSubstr("no build controller has taken the Build run-1"));
  EXPECT_THAT(seen.steps, SizeIs(2));
  EXPECT_EQ(seen.place, "");
}

TEST(BuildObservation, NamesTheStatesOfTheUsersStepsInOrder) {
  const Observation seen =
      Observe(BuildWith("Unknown", "Building", {Exited(0), Exited(0), Running()}));
  EXPECT_FALSE(seen.result);
  EXPECT_EQ(seen.waiting_reason, "") << "a step is running";
  ASSERT_THAT(seen.steps, SizeIs(2));
  EXPECT_EQ(seen.steps[0].name(), "build-step-one");
  EXPECT_TRUE(seen.steps[0].has_terminated());
  EXPECT_EQ(seen.steps[1].name(), "build-step-two");
  EXPECT_TRUE(seen.steps[1].has_running());
  EXPECT_EQ(seen.place, "run-1-pod");
}

TEST(BuildObservation, RelaysWhatTheControllerWaitsFor) {
  const Observation seen = Observe(BuildWith("Unknown", "Pending", {}, "pulling an image"));
  EXPECT_EQ(seen.waiting_reason, "Pending");
  EXPECT_EQ(seen.waiting_message, "pulling an image");
}

TEST(BuildObservation, EndsWithoutACompletionTime) {
  ExpectEnd(Observe(BuildWith("True", "", {Exited(0), Exited(0), Exited(0)})),
            v1::COMPLETION_SUCCESS, "Completed", "all steps");
}

TEST(BuildObservation, TheStepThatFailedIsWhyTheBuildDid) {
  ExpectEnd(Observe(BuildWith("False", "BuildExecuteFailed", {Exited(0), Exited(3)}, "words")),
            v1::COMPLETION_FAILURE, "BuildExecuteFailed", "build-step-one exited with 3");
  ExpectEnd(Observe(BuildWith("False", "BuildExecuteFailed", {Exited(0), Exited(0), Exited(78)})),
            v1::COMPLETION_NEUTRAL, "BuildExecuteFailed", "78");
}

TEST(BuildObservation, OurOwnStepFailingIsSaidApart) {
  ExpectEnd(Observe(BuildWith("False", "BuildExecuteFailed", {Exited(1)})), v1::COMPLETION_FAILURE,
            "BuildExecuteFailed", "before the first step");
}

TEST(BuildObservation, RelaysAFailureWithoutAnyStep) {
  ExpectEnd(Observe(BuildWith("False", "BuildValidationFailed", {}, "no such secret")),
            v1::COMPLETION_FAILURE, "BuildValidationFailed", "no such secret");
}

TEST(BuildObservation, TellsATimeoutFromACancel) {
  const json cancelled = BuildWith("False", "BuildCancelled", {Exited(0), Running()});
  const Observation seen = Observe(cancelled, StopReason::kCancelled);
  ExpectEnd(seen, v1::COMPLETION_FAILURE, "BuildCancelled",
            "cancelled while build-step-one was running");
  EXPECT_EQ(seen.steps[0].terminated().reason(), "Cancelled");
  ExpectEnd(Observe(cancelled, StopReason::kTimeout), v1::COMPLETION_FAILURE, "BuildTimeout",
            "timed out after 1m30s");
  ExpectEnd(Observe(BuildWith("False", "BuildTimeout", {Exited(0), Running()})),
            v1::COMPLETION_FAILURE, "BuildTimeout", "while build-step-one was running");
}

TEST(BuildObservation, ABuildThatIsGoneIsNotWaitedFor) {
  const json build = BuildWith("Unknown", "Building", {Exited(0), Running()});
  ExpectEnd(Observe(build, StopReason::kNone, /*gone=*/true), v1::COMPLETION_UNKNOWN,
            "BuildDeleted", "somebody deleted the Build run-1");
  ExpectEnd(Observe(BuildWith(""), StopReason::kTimeout, /*gone=*/true), v1::COMPLETION_FAILURE,
            "BuildTimeout", "before a build controller took the Build run-1");
  json stuck = build;
  stuck["metadata"]["deletionTimestamp"] = "2026-01-02T03:08:00Z";
  ExpectEnd(Observe(stuck, StopReason::kCancelled), v1::COMPLETION_FAILURE, "BuildCancelled",
            "cancelled");
}

TEST(BuildObservation, IsEndedByItsSpecOnceAControllerHasIt) {
  EXPECT_FALSE(EndBuild(BuildWith(""), absl::Now())) << "nobody would read it";
  json build = BuildWith("Unknown", "Building");
  EXPECT_EQ(EndBuild(build, absl::Now()), (json{{"spec", {{"status", "BuildCancelled"}}}}));
  build["spec"]["status"] = "BuildCancelled";
  EXPECT_EQ(EndBuild(build, absl::Now()), json::object());
}

TEST(BuildObservation, ReadsWhateverTheStatusIs) {
  for (const char* text : {R"({})", R"({"status":3})", R"({"status":{"conditions":[7]}})",
                           R"({"spec":{"steps":[{"name":1}]},"status":{"stepStates":{"a":1}}})",
                           R"({"status":{"cluster":{"podName":"../secrets"}}})"}) {
    const Observation seen = Observe(json::parse(text));
    EXPECT_FALSE(seen.result) << text;
    EXPECT_EQ(seen.place, "") << text;
  }
}

}  // namespace
}  // namespace eventreactor::kube
