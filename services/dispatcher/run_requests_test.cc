#include "services/dispatcher/run_requests.h"

#include <gmock/gmock.h>

#include <set>

#include "libs/domain/fixtures.h"
#include "libs/status/status.h"
#include "services/dispatcher/dispatcher_fixture.h"
#include "services/dispatcher/explain.h"

namespace eventreactor::dispatcher {
namespace {

using fixtures::ChainedPipeline;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::UnorderedElementsAre;

class RunRequestsTest : public DispatcherFixture {
 protected:
  RunRequestsTest() {
    adapter_.Apply(fixtures::EventPipeline("build", "push"));
    event_ = EventName("default", "/repo", "1");
    Publish(EventMessage("push", "/repo", "1"));
    EXPECT_TRUE(TakeEvents(process_));
  }

  absl::StatusOr<v1::RunResponse> Run(const v1::RunRequest& request) {
    v1::RunResponse response;
    absl::Status status = runs_.Run(request, response);
    if (!status.ok()) return status;
    return response;
  }
  absl::StatusOr<v1::ReplayResponse> Replay(const std::string& pipeline = "",
                                            const std::string& attempt = "again") {
    v1::ReplayRequest request;
    request.set_event(event_);
    request.set_pipeline(pipeline);
    request.set_attempt(attempt);
    v1::ReplayResponse response;
    absl::Status status = runs_.Replay(request, response);
    if (!status.ok()) return status;
    return response;
  }
  v1::RunRequest WithEvent(const std::string& pipeline, const std::string& attempt = "again") {
    v1::RunRequest request;
    request.set_pipeline(pipeline);
    request.set_event(event_);
    request.set_attempt(attempt);
    return request;
  }
  static v1::RunRequest After(const std::string& pipeline, const std::string& action) {
    v1::RunRequest request;
    request.set_pipeline(pipeline);
    request.set_action(action);
    request.set_attempt("again");
    return request;
  }
  // Ends the Action of that Pipeline, and has its end dispatched.
  v1::Action End(const std::string& pipeline) {
    v1::Action action = Finish(pipeline);
    adapter_.SetCompletion(action.metadata().name(), v1::COMPLETION_SUCCESS);
    Publish(ActionMessage(action));
    EXPECT_TRUE(TakeActions(process_));
    return action;
  }
  std::set<std::string> ActionNames() const {
    std::set<std::string> names;
    for (const auto& action : adapter_.Actions()) names.insert(action.metadata().name());
    return names;
  }

  Process process_{bus_, adapter_};
  RunRequests runs_{adapter_, process_.barrier, bus_};
  std::string event_;
};

TEST_F(RunRequestsTest, RunsAPipelineWithAnEventWhateverItsTriggerSays) {
  adapter_.Apply(fixtures::EventPipeline("deploy", "release"));
  const auto response = Run(WithEvent("deploy"));
  ASSERT_TRUE(response.ok()) << response.status();
  EXPECT_EQ(response->attempt(), "again");
  EXPECT_EQ(response->run().action(), ActionName(event_, "deploy", "again"));
  EXPECT_EQ(adapter_.CreatedEver(), 1) << "it goes over the bus";
  ASSERT_TRUE(TakeEvents(process_));
  EXPECT_THAT(ActionPipelines(), UnorderedElementsAre("build", "deploy"));
  EXPECT_TRUE(ActionNames().contains(response->run().action()));
  EXPECT_THAT(bus_.Stored(bus::kEvents), IsEmpty());
  EXPECT_THAT(bus_.Stored(bus::kDead), IsEmpty());
  ASSERT_EQ(adapter_.Events().size(), 1U);
  EXPECT_EQ(adapter_.Events()[0].status().decisions_size(), 1) << "what was decided then stays";
}

TEST_F(RunRequestsTest, ARepeatedRequestRunsOnce) {
  const auto first = Run(WithEvent("build"));
  ASSERT_TRUE(first.ok()) << first.status();
  ASSERT_TRUE(TakeEvents(process_));
  EXPECT_EQ(adapter_.CreatedEver(), 2);
  // Even when the bus has forgotten that it had it.
  for (const bool forgotten : {false, true}) {
    if (forgotten) bus_.ForgetIds();
    const auto again = Run(WithEvent("build"));
    ASSERT_TRUE(again.ok()) << again.status();
    EXPECT_EQ(again->run().action(), first->run().action());
    EXPECT_EQ(TakeEvents(process_), forgotten);
    EXPECT_EQ(adapter_.CreatedEver(), 2);
  }
  ASSERT_TRUE(Run(WithEvent("build", "another")).ok());
  ASSERT_TRUE(TakeEvents(process_));
  EXPECT_EQ(adapter_.CreatedEver(), 3);
}

TEST_F(RunRequestsTest, ALostAnswerOfTheBusIsAnErrorAndTheSameAttemptMendsIt) {
  bus_.LoseAnswers(1);
  EXPECT_EQ(Reason(Run(WithEvent("build")).status()), "BUS_DOWN");
  EXPECT_TRUE(Run(WithEvent("build")).ok());
  while (TakeEvents(process_)) continue;
  EXPECT_EQ(adapter_.CreatedEver(), 2);
}

TEST_F(RunRequestsTest, ADispatcherKilledBeforeItsAckRunsItOnce) {
  ASSERT_TRUE(Run(WithEvent("build")).ok());
  adapter_.SetAnswerHook([](const std::string& call, const std::string&) {
    return call == "Create" ? absl::UnavailableError("killed") : absl::OkStatus();
  });
  EXPECT_TRUE(TakeEvents(process_));
  adapter_.SetAnswerHook(nullptr);
  Process next(bus_, adapter_);
  EXPECT_TRUE(TakeEvents(next));
  EXPECT_EQ(adapter_.CreatedEver(), 2);
  EXPECT_THAT(bus_.Stored(bus::kEvents), IsEmpty());
}

TEST_F(RunRequestsTest, WithoutAnAttemptEachRequestIsANewOne) {
  const auto first = Run(WithEvent("build", ""));
  const auto second = Run(WithEvent("build", ""));
  ASSERT_TRUE(first.ok() && second.ok());
  EXPECT_TRUE(IsAttempt(first->attempt()));
  EXPECT_NE(first->run().action(), second->run().action());
}

TEST_F(RunRequestsTest, ThePipelineRunsAsItIsNowAndNotAsTheWatchSawItLast) {
  adapter_.HoldWatches(true);
  adapter_.Apply(fixtures::EventPipeline("build", "elsewhere"));
  ASSERT_TRUE(Run(WithEvent("build")).ok());
  ASSERT_TRUE(TakeEvents(process_));
  for (const auto& action : adapter_.Actions()) {
    const bool asked = action.metadata().annotations_size() > 0;
    EXPECT_EQ(action.spec().pipeline().generation(), asked ? 2 : 1);
  }
  EXPECT_EQ(adapter_.CreatedEver(), 2);
}

TEST_F(RunRequestsTest, RunsBehindAFinishedActionAsALinkOfItsChain) {
  adapter_.Apply(ChainedPipeline("test", "something-else"));
  const v1::Action upstream = End("build");
  const auto response = Run(After("test", upstream.metadata().name()));
  ASSERT_TRUE(response.ok()) << response.status();
  ASSERT_TRUE(TakeActions(process_));
  bool found = false;
  for (const auto& action : adapter_.Actions()) {
    if (action.metadata().name() != response->run().action()) continue;
    found = true;
    EXPECT_EQ(action.spec().upstream().name(), upstream.metadata().name());
    EXPECT_EQ(action.spec().transaction().id(), upstream.metadata().name());
    EXPECT_EQ(action.spec().transaction().stage(), 2);
    EXPECT_THAT(action.spec().upstream().via(), ElementsAre("build"));
  }
  EXPECT_TRUE(found);
}

TEST_F(RunRequestsTest, AnActionThatHasNotEndedTriggersNothing) {
  const std::string running = *ActionNames().begin();
  EXPECT_EQ(Reason(Run(After("build", running)).status()), "NOT_FINISHED");
}

TEST_F(RunRequestsTest, AChainOfNineGoesNoFurtherOnRequestEither) {
  v1::Action last = fixtures::FinishedAction("last");
  for (int i = 0; i < kMaxVia; ++i) last.mutable_spec()->mutable_upstream()->add_via("v");
  ASSERT_TRUE(adapter_.CreateOne(last, true).ok());
  EXPECT_EQ(Reason(Run(After("build", last.metadata().name())).status()),
            "UPSTREAM_LIMIT_EXCEEDED");
  EXPECT_THAT(bus_.Stored(bus::kActions), IsEmpty());
}

TEST_F(RunRequestsTest, RerunTakesPipelineAndCauseOfTheAction) {
  adapter_.Apply(ChainedPipeline("test", "build"));
  const v1::Action upstream = End("build");
  const std::string chained = ActionName(upstream.metadata().name(), "test");
  v1::RunRequest request;
  request.set_attempt("again");
  request.set_rerun(upstream.metadata().name());
  auto response = Run(request);
  ASSERT_TRUE(response.ok()) << response.status();
  EXPECT_EQ(response->run().action(), ActionName(event_, "build", "again"));
  request.set_rerun(chained);
  response = Run(request);
  ASSERT_TRUE(response.ok()) << response.status();
  EXPECT_EQ(response->run().action(), ActionName(upstream.metadata().name(), "test", "again"));
  EXPECT_TRUE(TakeEvents(process_));
  EXPECT_TRUE(TakeActions(process_));
  EXPECT_EQ(adapter_.CreatedEver(), 4);
  request.set_pipeline("other");
  EXPECT_EQ(Field(Run(request).status()), "pipeline");
}

TEST_F(RunRequestsTest, ReplayRunsWhatMatchesNow) {
  adapter_.Apply(fixtures::EventPipeline("later", "push"));
  adapter_.Apply(fixtures::EventPipeline("other", "pull"));
  const auto response = Replay();
  ASSERT_TRUE(response.ok()) << response.status();
  ASSERT_EQ(response->runs_size(), 2);
  ASSERT_TRUE(TakeEvents(process_));
  const auto names = ActionNames();
  for (const auto& run : response->runs()) EXPECT_TRUE(names.contains(run.action()));
  EXPECT_THAT(ActionPipelines(), UnorderedElementsAre("build", "build", "later"));
  ASSERT_TRUE(Replay().ok());
  TakeEvents(process_);
  EXPECT_EQ(adapter_.CreatedEver(), 3);
}

TEST_F(RunRequestsTest, ReplayOfOnePipelineNeedsItToMatch) {
  adapter_.Apply(fixtures::EventPipeline("other", "pull"));
  const auto refused = Replay("other").status();
  EXPECT_EQ(Reason(refused), "NO_MATCH");
  EXPECT_THAT(Message(refused), HasSubstr("pull"));
  const auto response = Replay("build");
  ASSERT_TRUE(response.ok()) << response.status();
  EXPECT_EQ(response->runs_size(), 1);
  EXPECT_TRUE(TakeEvents(process_));
  EXPECT_THAT(ActionPipelines(), ElementsAre("build", "build"));
}

TEST_F(RunRequestsTest, ReplayWithoutAMatchAsksNothingOfTheBus) {
  adapter_.DeletePipeline("default", "build");
  ASSERT_TRUE(Eventually(
      [&] { return process_.cache.Current()->snapshot().Find("default", "build") == nullptr; }));
  const auto response = Replay();
  ASSERT_TRUE(response.ok()) << response.status();
  EXPECT_EQ(response->runs_size(), 0);
  EXPECT_THAT(bus_.Stored(bus::kEvents), IsEmpty());
}

TEST_F(RunRequestsTest, APipelineThatIsGoneBeforeItsTurnIsADeadLetter) {
  ASSERT_TRUE(Run(WithEvent("build")).ok());
  adapter_.DeletePipeline("default", "build");
  ASSERT_TRUE(Eventually(
      [&] { return process_.cache.Current()->snapshot().Find("default", "build") == nullptr; }));
  EXPECT_TRUE(TakeEvents(process_));
  EXPECT_EQ(DeadHeader("er-dead-reason"), "PIPELINE_NOT_FOUND");
}

TEST_F(RunRequestsTest, WhatIsNotThereIsSaidAtOnce) {
  EXPECT_EQ(Reason(Run(WithEvent("none")).status()), "PIPELINE_NOT_FOUND");
  adapter_.Apply(fixtures::EventPipeline("broken", "push", "("));
  EXPECT_EQ(Reason(Run(WithEvent("broken")).status()), "PIPELINE_NOT_READY");
  v1::RunRequest request = WithEvent("build");
  request.set_event("none");
  EXPECT_EQ(Reason(Run(request).status()), "EVENT_NOT_FOUND");
  EXPECT_EQ(Reason(Run(After("build", "none")).status()), "ACTION_NOT_FOUND");
}

TEST_F(RunRequestsTest, RequestsThatAreNoneNameTheirField) {
  v1::RunRequest request = WithEvent("build", "no attempt");
  EXPECT_EQ(Field(Run(request).status()), "attempt");
  request = WithEvent("../x");
  EXPECT_EQ(Field(Run(request).status()), "pipeline");
  request = WithEvent("build");
  request.set_event("A");
  EXPECT_EQ(Field(Run(request).status()), "event");
  request.clear_cause();
  EXPECT_EQ(Field(Run(request).status()), "cause");
  request = WithEvent("build");
  request.set_namespace_("a.b");
  EXPECT_EQ(Field(Run(request).status()), "namespace");
  EXPECT_EQ(Field(Replay("", std::string(64, 'a')).status()), "attempt");
}

TEST_F(RunRequestsTest, HeadersThatMakeNoRequestAreADeadLetter) {
  for (const auto& [kind, attempt, pipelines] :
       std::vector<std::tuple<std::string, std::string, std::string>>{{"walk", "again", "build"},
                                                                      {"run", "", "build"},
                                                                      {"run", "again", ""},
                                                                      {"run", "again", "a,b"},
                                                                      {"replay", "a b", ""},
                                                                      {"letter", "again", ""},
                                                                      {"letter", "", "build,,"}}) {
    bus::Message message = EventMessage("push", "/repo", "1");
    message.headers.emplace_back(kRequestHeader, kind);
    if (!attempt.empty()) message.headers.emplace_back(kAttemptHeader, attempt);
    if (!pipelines.empty()) message.headers.emplace_back(kPipelinesHeader, pipelines);
    EXPECT_TRUE(absl::IsInvalidArgument(ReadEvent(message).status())) << kind << attempt;
  }
}

TEST_F(RunRequestsTest, ExplainTellsWhatRanOnRequest) {
  ASSERT_TRUE(Run(WithEvent("build")).ok());
  ASSERT_TRUE(TakeEvents(process_));
  Explainer explainer(adapter_, process_.cache, process_.barrier);
  v1::ExplainRequest request;
  request.set_event(event_);
  v1::ExplainResponse response;
  ASSERT_TRUE(explainer.Explain(request, response).ok());
  ASSERT_EQ(response.requested_size(), 1);
  EXPECT_EQ(response.requested(0).pipeline(), "build");
  EXPECT_EQ(response.requested(0).attempt(), "again");
  EXPECT_EQ(response.requested(0).action(), ActionName(event_, "build", "again"));
}

}  // namespace
}  // namespace eventreactor::dispatcher
