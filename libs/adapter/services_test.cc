// The three services as a client sees them, over gRPC within the process.
#include "libs/adapter/services.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <memory>

#include "absl/time/clock.h"
#include "libs/adapter/services_fixture.h"
#include "libs/domain/naming.h"
#include "libs/domain/run.h"
#include "libs/status/status.h"

namespace eventreactor {
namespace {

using testing::HasSubstr;
using testing::IsEmpty;

class ServicesTest : public ServicesFixture {};

TEST_F(ServicesTest, CreateIsRepeatable) {
  v1::CreateResponse first;
  v1::CreateResponse second;
  EXPECT_EQ(Create(MakeAction("a"), &first), "OK");
  EXPECT_EQ(Create(MakeAction("a"), &second), "OK");
  EXPECT_TRUE(first.created());
  EXPECT_FALSE(second.created());
  EXPECT_EQ(first.action().metadata().uid(), second.action().metadata().uid());
  EXPECT_EQ(first.action().metadata().namespace_(), "default");
  EXPECT_EQ(first.action().status().conditions(0).reason(), "Pending");
}

TEST_F(ServicesTest, EachActionOfABatchIsCreatedOrRefusedOnItsOwn) {
  EXPECT_EQ(Create(MakeAction("there")), "OK");
  v1::CreateBatchRequest request;
  for (const char* name : {"a", "there", "taken", "Bad_Name"}) {
    *request.add_requests()->mutable_action() = MakeAction(name);
  }
  v1::Action other = MakeAction("taken");
  other.mutable_spec()->mutable_pipeline()->set_name("another");
  EXPECT_EQ(Create(other), "OK");
  v1::CreateBatchResponse response;
  EXPECT_EQ(Call(*actions, &v1::ActionService::Stub::CreateBatch, request, response), "OK");
  ASSERT_EQ(response.results_size(), 4);
  EXPECT_TRUE(response.results(0).created());
  ASSERT_TRUE(response.results(1).has_created());
  EXPECT_FALSE(response.results(1).created());
  EXPECT_EQ(response.results(2).refused().reason(), "NAME_TAKEN");
  EXPECT_EQ(response.results(2).refused().code(), grpc::ALREADY_EXISTS);
  EXPECT_EQ(response.results(3).refused().field(), "metadata.name");
  EXPECT_THAT(response.results(3).refused().message(), testing::HasSubstr("Bad_Name"));
  EXPECT_TRUE(store_.actions().Get("default", "a").ok());
}

TEST_F(ServicesTest, ABatchIsBounded) {
  v1::CreateBatchRequest request;
  v1::CreateBatchResponse response;
  EXPECT_EQ(Call(*actions, &v1::ActionService::Stub::CreateBatch, request, response), "OK");
  for (int i = 0; i < 101; ++i) *request.add_requests()->mutable_action() = MakeAction("a");
  EXPECT_EQ(Call(*actions, &v1::ActionService::Stub::CreateBatch, request, response),
            "BATCH_TOO_LARGE");
  EXPECT_FALSE(store_.actions().Get("default", "a").ok());
}

TEST_F(ServicesTest, CreateRefusesANameThatAnotherCauseHas) {
  EXPECT_EQ(Create(MakeAction("a")), "OK");
  v1::Action other = MakeAction("a");
  other.mutable_spec()->mutable_event()->set_name("f");
  EXPECT_EQ(Create(other), "NAME_TAKEN");
  EXPECT_THAT(Message(last_), HasSubstr("Event e"));
}

TEST_F(ServicesTest, ADispatchedEventCreatesNothingMore) {
  EXPECT_EQ(Create(MakeAction("a")), "OK");
  EXPECT_EQ(Record(MakeEvent("e", true)), "OK");
  EXPECT_EQ(Create(MakeAction("late")), "ALREADY_DISPATCHED");
  v1::CreateResponse again;
  EXPECT_EQ(Create(MakeAction("a"), &again), "OK") << "what is there is no news";
  EXPECT_FALSE(again.created());
}

TEST_F(ServicesTest, WhatSomebodyAsksForIsCreatedThoughItsCauseWasDispatched) {
  EXPECT_EQ(Create(MakeAction("a")), "OK");
  EXPECT_EQ(Record(MakeEvent("e", true)), "OK");
  Finish("a");
  EXPECT_EQ(Mark("a"), "OK");
  v1::CreateRequest request;
  *request.mutable_action() = MakeAction("asked");
  request.set_on_request(true);
  for (const bool created : {true, false}) {
    v1::CreateResponse response;
    EXPECT_EQ(Call(*actions, &v1::ActionService::Stub::Create, request, response), "OK");
    EXPECT_EQ(response.created(), created) << "and it is repeatable";
  }
  request.mutable_action()->mutable_metadata()->set_name("after");
  request.mutable_action()->mutable_spec()->mutable_upstream()->set_name("a");
  v1::CreateResponse response;
  EXPECT_EQ(Call(*actions, &v1::ActionService::Stub::Create, request, response), "OK");
  EXPECT_TRUE(response.created());
}

TEST_F(ServicesTest, ADispatchedActionCreatesNothingMore) {
  // Its Event was dispatched long ago: that is no hindrance for a chain.
  EXPECT_EQ(Create(MakeAction("up")), "OK");
  EXPECT_EQ(Record(MakeEvent("e", true)), "OK");
  Finish("up");
  v1::Action chained = MakeAction("down");
  chained.mutable_spec()->mutable_upstream()->set_name("up");
  EXPECT_EQ(Create(chained), "OK");
  EXPECT_EQ(Mark("up"), "OK");
  chained.mutable_metadata()->set_name("late");
  EXPECT_EQ(Create(chained), "ALREADY_DISPATCHED");
  chained.mutable_spec()->mutable_upstream()->set_name("none");
  EXPECT_EQ(Create(chained), "ACTION_NOT_FOUND");
}

TEST_F(ServicesTest, CreateNamesTheFieldThatIsWrong) {
  v1::Action action = MakeAction("A");
  EXPECT_EQ(Create(action), "INVALID_FIELD");
  EXPECT_EQ(Field(last_), "metadata.name");
  action = MakeAction("a");
  action.mutable_spec()->clear_event();
  Create(action);
  EXPECT_EQ(Field(last_), "spec.event.name");
  action = MakeAction("a");
  action.mutable_spec()->mutable_build()->set_timeout("soon");
  Create(action);
  EXPECT_EQ(Field(last_), "spec.timeout");
}

TEST_F(ServicesTest, WhatAClientSaysOfTheStatusIsNotBelieved) {
  v1::Action action = MakeAction("a");
  action.mutable_status()->set_completion(v1::COMPLETION_SUCCESS);
  v1::CreateResponse response;
  EXPECT_EQ(Create(action, &response), "OK");
  EXPECT_EQ(response.action().status().completion(), v1::COMPLETION_UNSPECIFIED);
}

TEST_F(ServicesTest, RecordKeepsTheFirstOfASourceAndId) {
  v1::RecordResponse first;
  EXPECT_EQ(Record(MakeEvent("e", true), &first), "OK");
  EXPECT_EQ(first.event().metadata().labels().at(EventTypeLabel()), "com.example.push");
  v1::Event again = MakeEvent("e", true);
  again.mutable_spec()->set_data("other data");
  again.mutable_status()->mutable_dispatch_time()->set_seconds(99);
  v1::RecordResponse second;
  EXPECT_EQ(Record(again, &second), "OK");
  EXPECT_EQ(second.event().SerializeAsString(), first.event().SerializeAsString());
  v1::Event foreign = MakeEvent("e");
  foreign.mutable_spec()->set_id("2");
  EXPECT_EQ(Record(foreign), "NAME_TAKEN");
}

TEST_F(ServicesTest, RecordAddsTheDispatchToAnEventThatHasNone) {
  EXPECT_EQ(Record(MakeEvent("e")), "OK");
  store_.ConflictNext(1);
  v1::RecordResponse response;
  EXPECT_EQ(Record(MakeEvent("e", true), &response), "OK");
  EXPECT_TRUE(response.event().status().has_dispatch_time());
}

TEST_F(ServicesTest, RecordByUidCompletesTheEventThatIsThereWhateverItsSource) {
  v1::Event by_hand = MakeEvent("e");
  by_hand.mutable_metadata()->set_namespace_("default");
  const std::string uid = store_.events().Create(by_hand)->metadata().uid();
  v1::Event dispatched = MakeEvent("e", true);
  dispatched.mutable_metadata()->set_uid(uid);
  dispatched.mutable_spec()->set_id("not looked at");
  v1::RecordResponse response;
  EXPECT_EQ(Record(dispatched, &response), "OK");
  EXPECT_TRUE(response.event().status().has_dispatch_time());
  EXPECT_EQ(response.event().spec().id(), "1");
  EXPECT_EQ(response.event().metadata().uid(), uid);
}

TEST_F(ServicesTest, RecordByUidMakesNoEventAnew) {
  v1::Event gone = MakeEvent("e", true);
  gone.mutable_metadata()->set_uid("of-one-that-is-gone");
  EXPECT_EQ(Record(gone), "EVENT_NOT_FOUND");
  EXPECT_EQ(Record(MakeEvent("e")), "OK");
  EXPECT_EQ(Record(gone), "EVENT_NOT_FOUND") << "another of the name";
  EXPECT_FALSE(store_.events().Get("default", "e")->status().has_dispatch_time());
}

TEST_F(ServicesTest, WhatIsBeingDeletedIsTriedAgain) {
  EXPECT_EQ(Create(MakeAction("a")), "OK");
  v1::Action action = *store_.actions().Get("default", "a");
  action.mutable_metadata()->mutable_deletion_timestamp()->set_seconds(1);
  ASSERT_TRUE(store_.actions().Update(action).ok());
  EXPECT_EQ(Create(MakeAction("a")), "BEING_DELETED");
  EXPECT_TRUE(IsTransient(last_));

  EXPECT_EQ(Record(MakeEvent("e", true)), "OK");
  v1::Event event = *store_.events().Get("default", "e");
  event.mutable_metadata()->mutable_deletion_timestamp()->set_seconds(1);
  ASSERT_TRUE(store_.events().Update(event).ok());
  EXPECT_EQ(Record(MakeEvent("e", true)), "BEING_DELETED");

  v1::ApplyResponse applied;
  EXPECT_EQ(Apply(MakePipeline("p"), applied), "OK");
  v1::Pipeline pipeline = *store_.pipelines().Get("default", "p");
  pipeline.mutable_metadata()->mutable_deletion_timestamp()->set_seconds(1);
  ASSERT_TRUE(store_.pipelines().Update(pipeline).ok());
  EXPECT_EQ(Apply(MakePipeline("p"), applied), "BEING_DELETED");
}

TEST_F(ServicesTest, StoresNoPipelineThatTheExecutorObjectsTo) {
  objection_ = InvalidField("spec.steps[0].comand", "is unknown", "UNKNOWN_FIELD");
  v1::ApplyResponse applied;
  EXPECT_EQ(Apply(MakePipeline("p"), applied), "UNKNOWN_FIELD");
  EXPECT_EQ(Field(last_), "spec.steps[0].comand");
  EXPECT_TRUE(absl::IsNotFound(store_.pipelines().Get("default", "p").status()));
  objection_ = absl::OkStatus();
  EXPECT_EQ(Apply(MakePipeline("p"), applied), "OK");
}

TEST_F(ServicesTest, TellsWhatHappensWhereItsUsersLook) {
  EXPECT_EQ(Create(MakeAction("a")), "OK");
  EXPECT_EQ(Create(MakeAction("a")), "OK");
  v1::Event event = MakeEvent("e", true);
  event.mutable_status()->add_decisions()->set_action("a");
  EXPECT_EQ(Record(event), "OK");
  Finish("a");
  EXPECT_EQ(Mark("a"), "OK");
  EXPECT_EQ(Mark("a"), "OK");
  EXPECT_THAT(recorder_.told, testing::ElementsAre("Action a Created", "Pipeline p Triggered",
                                                   "Event e Dispatched", "Action a Dispatched"));
  EXPECT_EQ(Create(MakeAction("b")), "ALREADY_DISPATCHED");
  v1::Action chained = MakeAction("last");
  chained.mutable_spec()->mutable_event()->set_name("f");
  EXPECT_EQ(Create(chained), "OK");
  Finish("last");
  recorder_.told.clear();
  EXPECT_EQ(Mark("last", "", true), "OK");
  EXPECT_THAT(recorder_.told,
              testing::ElementsAre("Action last Dispatched", "Action last UpstreamLimitExceeded"));
}

TEST_F(ServicesTest, AnEventStaysWhileItsActionsRunOrMayTriggerOthers) {
  EXPECT_EQ(Create(MakeAction("a")), "OK");
  EXPECT_EQ(Record(MakeEvent("e", true)), "OK");
  v1::EventServiceDeleteRequest request;
  request.set_name("e");
  v1::EventServiceDeleteResponse response;
  const auto method = &v1::EventService::Stub::Delete;
  EXPECT_EQ(Call(*events, method, request, response), "EVENT_IN_USE");
  EXPECT_THAT(Message(last_), HasSubstr("Action a"));
  Finish("a");
  EXPECT_EQ(Call(*events, method, request, response), "EVENT_IN_USE");
  EXPECT_EQ(Mark("a"), "OK");
  EXPECT_EQ(Call(*events, method, request, response), "OK");
  EXPECT_EQ(Call(*events, method, request, response), "EVENT_NOT_FOUND");
}

TEST_F(ServicesTest, DeletesTheOneOfTheUidAndNoLaterOneOfTheName) {
  EXPECT_EQ(Record(MakeEvent("e", true)), "OK");
  v1::EventServiceDeleteRequest event;
  event.set_name("e");
  event.set_uid("another");
  v1::EventServiceDeleteResponse gone;
  const auto delete_event = &v1::EventService::Stub::Delete;
  EXPECT_EQ(Call(*events, delete_event, event, gone), "EVENT_NOT_FOUND");
  EXPECT_EQ(Field(last_), "uid");
  event.set_uid(store_.events().Get("default", "e")->metadata().uid());
  EXPECT_EQ(Call(*events, delete_event, event, gone), "OK");

  EXPECT_EQ(Create(MakeAction("a")), "OK");
  v1::ActionServiceDeleteRequest action;
  action.set_name("a");
  action.set_uid("another");
  v1::ActionServiceDeleteResponse ended;
  const auto delete_action = &v1::ActionService::Stub::Delete;
  EXPECT_EQ(Call(*actions, delete_action, action, ended), "ACTION_NOT_FOUND");
  action.set_uid(store_.actions().Get("default", "a")->metadata().uid());
  EXPECT_EQ(Call(*actions, delete_action, action, ended), "OK");
}

TEST_F(ServicesTest, RefusesToLookForWhatNoNameCanBe) {
  v1::ActionServiceListRequest request;
  v1::ActionServiceListResponse response;
  const auto method = &v1::ActionService::Stub::List;
  request.set_pipeline("a,b");
  EXPECT_EQ(Call(*actions, method, request, response), "INVALID_FIELD");
  EXPECT_EQ(Field(last_), "pipeline");
  request.set_pipeline("a");
  request.set_event(std::string(1000, 'a'));
  EXPECT_EQ(Call(*actions, method, request, response), "INVALID_FIELD");
  EXPECT_EQ(Field(last_), "event");
  EXPECT_EQ(Create(MakeAction("a")), "OK");
  EXPECT_THAT(Log("a", std::string(1000, 'a')), testing::IsEmpty());
  EXPECT_EQ(Field(last_), "step");
}

TEST_F(ServicesTest, ListsLeaveOutWhatIsLarge) {
  v1::Event event = MakeEvent("e");
  event.mutable_spec()->set_data(std::string(5000, 'x'));
  EXPECT_EQ(Record(event), "OK");
  v1::EventServiceListResponse listed;
  Call(*events, &v1::EventService::Stub::List, v1::EventServiceListRequest(), listed);
  ASSERT_EQ(listed.events_size(), 1);
  EXPECT_EQ(listed.events(0).spec().data(), "");

  EXPECT_EQ(Create(MakeAction("a")), "OK");
  Finish("a");
  v1::ActionServiceListResponse ran;
  Call(*actions, &v1::ActionService::Stub::List, v1::ActionServiceListRequest(), ran);
  ASSERT_EQ(ran.actions_size(), 1);
  EXPECT_THAT(ran.actions(0).status().step_logs(), IsEmpty());
  EXPECT_EQ(ran.actions(0).status().completion(), v1::COMPLETION_SUCCESS);
}

TEST_F(ServicesTest, ListsActionsThatHaveNotEnded) {
  for (const char* name : {"a", "b"}) EXPECT_EQ(Create(MakeAction(name)), "OK");
  Finish("a");
  v1::ActionServiceListRequest request;
  request.set_unfinished(true);
  v1::ActionServiceListResponse response;
  Call(*actions, &v1::ActionService::Stub::List, request, response);
  ASSERT_EQ(response.actions_size(), 1);
  EXPECT_EQ(response.actions(0).metadata().name(), "b");
}

TEST_F(ServicesTest, ApplySaysWhatItDid) {
  v1::ApplyResponse response;
  EXPECT_EQ(Apply(MakePipeline("p"), response), "OK");
  EXPECT_EQ(response.result(), v1::APPLY_RESULT_CREATED);
  EXPECT_EQ(response.pipeline().metadata().labels().at(PipelineTriggerLabel()), "event");
  EXPECT_EQ(response.pipeline().status().conditions(0).type(), "Ready");
  EXPECT_EQ(response.pipeline().status().conditions(0).status(), "True");

  EXPECT_EQ(Apply(MakePipeline("p"), response), "OK");
  EXPECT_EQ(response.result(), v1::APPLY_RESULT_UNCHANGED);
  EXPECT_EQ(response.pipeline().metadata().generation(), 1);

  v1::Pipeline chained = response.pipeline();
  chained.mutable_spec()->mutable_trigger()->clear_event();
  chained.mutable_spec()->mutable_trigger()->mutable_pipeline()->set_name("q");
  store_.ConflictNext(2);
  EXPECT_EQ(Apply(chained, response), "OK");
  EXPECT_EQ(response.result(), v1::APPLY_RESULT_CONFIGURED);
  EXPECT_EQ(response.pipeline().metadata().generation(), 2);
  EXPECT_EQ(response.pipeline().status().observed_generation(), 2);
  EXPECT_EQ(response.pipeline().metadata().labels().at(PipelineTriggerLabel()), "pipeline");
  EXPECT_FALSE(response.pipeline().metadata().labels().contains(EventTypeLabel()));
}

TEST_F(ServicesTest, ApplyRefusesWhatDoesNotCompile) {
  v1::Pipeline pipeline = MakePipeline("p");
  pipeline.mutable_spec()->mutable_trigger()->mutable_event()->set_source_pattern("a(");
  v1::ApplyResponse response;
  EXPECT_NE(Apply(pipeline, response), "OK");
  EXPECT_EQ(last_.code(), absl::StatusCode::kInvalidArgument);
  EXPECT_EQ(Field(last_), "spec.trigger.event.sourcePattern");
}

TEST_F(ServicesTest, BarrierTellsWhichPipelinesThereAre) {
  v1::ApplyResponse applied;
  EXPECT_EQ(Apply(MakePipeline("p"), applied), "OK");
  v1::BarrierRequest request;
  v1::BarrierResponse response;
  EXPECT_EQ(Call(*pipelines, &v1::PipelineService::Stub::Barrier, request, response), "OK");
  ASSERT_EQ(response.pipelines_size(), 1);
  EXPECT_EQ(response.pipelines(0).uid(), applied.pipeline().metadata().uid());
  request.set_namespace_("Not_A_Label");
  EXPECT_EQ(Call(*pipelines, &v1::PipelineService::Stub::Barrier, request, response),
            "INVALID_FIELD");
}

TEST_F(ServicesTest, MarkDispatchedMeansOneFinishedAction) {
  v1::CreateResponse created;
  EXPECT_EQ(Create(MakeAction("a"), &created), "OK");
  EXPECT_EQ(Mark("a"), "NOT_FINISHED");
  Finish("a");
  EXPECT_EQ(Mark("a", "another"), "ACTION_NOT_FOUND");
  store_.ConflictNext(1);
  EXPECT_EQ(Mark("a", created.action().metadata().uid()), "OK");
  const v1::Action marked = *store_.actions().Get("default", "a");
  EXPECT_TRUE(marked.status().has_dispatch_time());
  EXPECT_EQ(Mark("a"), "OK");
  EXPECT_EQ(store_.actions().Get("default", "a")->SerializeAsString(), marked.SerializeAsString());
}

TEST_F(ServicesTest, CancelAsksOnceAndRefusesWhatHasEnded) {
  EXPECT_EQ(Create(MakeAction("a")), "OK");
  store_.ConflictNext(1);
  EXPECT_EQ(Cancel("a"), "OK");
  EXPECT_EQ(store_.actions().Get("default", "a")->spec().status(), kBuildCancelled);
  EXPECT_EQ(Cancel("a"), "OK");
  EXPECT_EQ(Create(MakeAction("b")), "OK");
  Finish("b");
  EXPECT_EQ(Cancel("b"), "ALREADY_FINISHED");
  EXPECT_EQ(Cancel("none"), "ACTION_NOT_FOUND");
}

TEST_F(ServicesTest, AStoreThatIsAwayIsSaid) {
  store_.Fail(MakeStatus(absl::StatusCode::kUnavailable, "STORE_IO", "cannot read /x/er.db"));
  EXPECT_EQ(Create(MakeAction("a")), "STORE_IO");
  EXPECT_EQ(last_.code(), absl::StatusCode::kUnavailable);
}

}  // namespace
}  // namespace eventreactor
