// What every ResourceStore does alike: one suite, which each of them passes.
// A test program instantiates it with a type that holds a new, empty store:
//
//   struct Holder { ResourceStore& store(); };
//   INSTANTIATE_TYPED_TEST_SUITE_P(Mine, StoreContract, Holder);
#pragma once

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "libs/adapter/store.h"
#include "libs/status/status.h"

namespace eventreactor {

template <class Holder>
class StoreContract : public testing::Test {
 protected:
  using EventState = ResourceStore::EventState;

  ResourceStore& All() { return holder_.store(); }
  Store<v1::Event>& Events() { return All().events(); }
  Store<v1::Pipeline>& Pipelines() { return All().pipelines(); }
  Store<v1::Action>& Actions() { return All().actions(); }

  template <class T>
  static T Named(const std::string& name, const std::string& ns) {
    T object;
    object.mutable_metadata()->set_name(name);
    object.mutable_metadata()->set_namespace_(ns);
    return object;
  }
  static v1::Action NewAction(const std::string& name, const std::string& ns = "default") {
    v1::Action action = Named<v1::Action>(name, ns);
    action.mutable_spec()->mutable_event()->set_name("e");
    action.mutable_spec()->mutable_pipeline()->set_name("p");
    auto& step = *action.mutable_spec()->mutable_build()->add_steps();
    (*step.mutable_fields())["image"].set_string_value("busybox");
    return action;
  }
  static v1::Event NewEvent(const std::string& name) {
    v1::Event event = Named<v1::Event>(name, "default");
    event.mutable_spec()->set_type("t");
    event.mutable_spec()->set_source("/s");
    event.mutable_spec()->set_id(name);
    return event;
  }
  static v1::Pipeline NewPipeline(const std::string& name, const std::string& ns = "default") {
    v1::Pipeline pipeline = Named<v1::Pipeline>(name, ns);
    pipeline.mutable_spec()->mutable_trigger()->mutable_event()->set_type("t");
    auto& step = *pipeline.mutable_spec()->mutable_build()->add_steps();
    (*step.mutable_fields())["image"].set_string_value("busybox");
    return pipeline;
  }

  template <class T>
  static T Stored(const absl::StatusOr<T>& written) {
    EXPECT_TRUE(written.ok()) << written.status();
    return written.value_or(T());
  }
  v1::Action CreateAction(const std::string& name, const std::string& ns = "default") {
    return Stored(Actions().Create(NewAction(name, ns)));
  }
  v1::Action SetStatus(v1::Action action, v1::Completion completion, bool dispatched = false) {
    action.mutable_status()->set_completion(completion);
    if (dispatched) action.mutable_status()->mutable_dispatch_time()->set_seconds(1);
    return Stored(Actions().UpdateStatus(action));
  }

  template <class T>
  static std::vector<std::string> NamesOf(const absl::StatusOr<Page<T>>& page) {
    EXPECT_TRUE(page.ok()) << page.status();
    std::vector<std::string> names;
    if (!page.ok()) return names;
    for (const T& object : page->items) names.push_back(object.metadata().name());
    return names;
  }
  std::vector<std::string> Listed(const ListQuery& query) { return NamesOf(Actions().List(query)); }

  // The next `count` changes as "TYPE name".
  static std::vector<std::string> Next(ChangeStream<v1::Action>& stream, size_t count) {
    std::vector<std::string> changes;
    while (changes.size() < count) {
      const auto change = stream.Next(absl::Seconds(10));
      EXPECT_TRUE(change.ok()) << change.status();
      if (!change.ok()) break;
      if (!change->has_value()) continue;
      const std::string type = v1::ChangeType_Name((*change)->type).substr(12);
      const std::string& name = (*change)->object.metadata().name();
      changes.push_back(name.empty() ? type : absl::StrCat(type, " ", name));
    }
    return changes;
  }
  std::unique_ptr<ChangeStream<v1::Action>> Watch(const WatchQuery& query) {
    auto stream = Actions().Watch(query);
    EXPECT_TRUE(stream.ok()) << stream.status();
    return stream.ok() ? *std::move(stream) : nullptr;
  }

  Holder holder_;
};

TYPED_TEST_SUITE_P(StoreContract);

TYPED_TEST_P(StoreContract, SetsWhatTheAdapterSets) {
  const v1::Action first = this->CreateAction("a");
  const v1::Action second = this->CreateAction("b");
  EXPECT_EQ(first.metadata().generation(), 1);
  EXPECT_TRUE(first.metadata().has_creation_timestamp());
  EXPECT_NE(first.metadata().uid(), "");
  EXPECT_NE(first.metadata().uid(), second.metadata().uid());
  EXPECT_NE(first.metadata().resource_version(), second.metadata().resource_version());
  const v1::Action read = this->Stored(this->Actions().Get("default", "a"));
  EXPECT_EQ(read.SerializeAsString(), first.SerializeAsString());
}

TYPED_TEST_P(StoreContract, ANameIsTakenOncePerNamespace) {
  this->CreateAction("a");
  const absl::Status taken = this->Actions().Create(this->NewAction("a")).status();
  EXPECT_EQ(taken.code(), absl::StatusCode::kAlreadyExists);
  EXPECT_EQ(Reason(taken), "NAME_TAKEN");
  this->CreateAction("a", "other");
}

TYPED_TEST_P(StoreContract, SaysWhatIsNotThere) {
  EXPECT_EQ(Reason(this->Actions().Get("default", "a").status()), "ACTION_NOT_FOUND");
  EXPECT_EQ(Reason(this->Events().Get("default", "a").status()), "EVENT_NOT_FOUND");
  EXPECT_EQ(Reason(this->Pipelines().Delete("default", "a", "")), "PIPELINE_NOT_FOUND");
}

TYPED_TEST_P(StoreContract, AnUpdateNeedsTheVersionThatItIsBasedOn) {
  v1::Action action = this->CreateAction("a");
  action.mutable_spec()->set_status("BuildCancelled");
  const v1::Action updated = this->Stored(this->Actions().Update(action));
  EXPECT_EQ(updated.metadata().generation(), 2);
  EXPECT_NE(updated.metadata().resource_version(), action.metadata().resource_version());

  action.mutable_status()->set_observed_generation(7);
  const absl::Status conflict = this->Actions().Update(action).status();
  EXPECT_EQ(conflict.code(), absl::StatusCode::kAborted);
  EXPECT_EQ(Reason(conflict), "CONFLICT");
  EXPECT_EQ(Reason(this->Actions().UpdateStatus(action).status()), "CONFLICT");
}

TYPED_TEST_P(StoreContract, SpecAndStatusAreWrittenApart) {
  v1::Action action = this->CreateAction("a");
  action.mutable_spec()->set_status("BuildCancelled");
  const v1::Action ended = this->SetStatus(action, v1::COMPLETION_SUCCESS);
  EXPECT_EQ(ended.status().completion(), v1::COMPLETION_SUCCESS);
  EXPECT_EQ(ended.spec().status(), "");
  EXPECT_EQ(ended.metadata().generation(), 1);

  action = ended;
  action.mutable_status()->clear_completion();
  (*action.mutable_metadata()->mutable_labels())["a"] = "b";
  const v1::Action labelled = this->Stored(this->Actions().Update(action));
  EXPECT_EQ(labelled.status().completion(), v1::COMPLETION_SUCCESS);
  EXPECT_EQ(labelled.metadata().generation(), 1) << "labels are no spec";
}

TYPED_TEST_P(StoreContract, AWriteThatChangesNothingKeepsTheVersion) {
  const v1::Pipeline pipeline = this->Stored(this->Pipelines().Create(this->NewPipeline("p")));
  const v1::Pipeline same = this->Stored(this->Pipelines().Update(pipeline));
  EXPECT_EQ(same.metadata().resource_version(), pipeline.metadata().resource_version());
}

TYPED_TEST_P(StoreContract, DeletesTheOneThatIsMeant) {
  const v1::Action action = this->CreateAction("a");
  EXPECT_EQ(Reason(this->Actions().Delete("default", "a", "another")), "CONFLICT");
  EXPECT_TRUE(this->Actions().Delete("default", "a", action.metadata().uid()).ok());
  EXPECT_EQ(Reason(this->Actions().Delete("default", "a", "")), "ACTION_NOT_FOUND");
}

TYPED_TEST_P(StoreContract, TheVersionOfTheFirstPageLeadsToWhatCameLater) {
  for (const char* name : {"a", "b", "c"}) this->CreateAction(name);
  ListQuery query;
  query.page_size = 2;
  auto page = this->Actions().List(query);
  EXPECT_THAT(this->NamesOf(page), testing::ElementsAre("a", "b"));
  WatchQuery watch;
  watch.resource_version = page->resource_version;
  ASSERT_TRUE(this->Actions().Delete("default", "a", "").ok());
  query.page_token = page->next_page_token;
  page = this->Actions().List(query);
  EXPECT_THAT(this->NamesOf(page), testing::ElementsAre("c")) << "neither repeated nor skipped";
  EXPECT_EQ(page->next_page_token, "");
  EXPECT_EQ(page->resource_version, watch.resource_version);
  EXPECT_THAT(this->Next(*this->Watch(watch), 1), testing::ElementsAre("DELETED a"));
}

TYPED_TEST_P(StoreContract, RefusesATokenThatIsNone) {
  ListQuery query;
  query.page_token = "a b";
  EXPECT_EQ(Reason(this->Actions().List(query).status()), "INVALID_PAGE_TOKEN");
}

TYPED_TEST_P(StoreContract, ListsWhatIsAskedFor) {
  v1::Action other = this->NewAction("other");
  other.mutable_spec()->mutable_pipeline()->set_name("q");
  other.mutable_spec()->mutable_event()->set_name("f");
  (*other.mutable_metadata()->mutable_labels())["team"] = "red";
  this->Stored(this->Actions().Create(other));
  this->SetStatus(this->CreateAction("finished"), v1::COMPLETION_FAILURE);
  this->SetStatus(this->CreateAction("dispatched"), v1::COMPLETION_SUCCESS, /*dispatched=*/true);

  ListQuery query;
  query.pipeline = "q";
  EXPECT_THAT(this->Listed(query), testing::ElementsAre("other"));
  query = {};
  query.event = "f";
  EXPECT_THAT(this->Listed(query), testing::ElementsAre("other"));
  query = {};
  query.unfinished = true;
  EXPECT_THAT(this->Listed(query), testing::ElementsAre("other"));
  query = {};
  query.undispatched = true;
  EXPECT_THAT(this->Listed(query), testing::UnorderedElementsAre("other", "finished"));
  query = {};
  query.selector = *LabelSelector::Parse("team in (red,green),!absent");
  EXPECT_THAT(this->Listed(query), testing::ElementsAre("other"));
  query.selector = *LabelSelector::Parse("team=blue");
  EXPECT_THAT(this->Listed(query), testing::IsEmpty());
  query = {};
  query.ns = "elsewhere";
  EXPECT_THAT(this->Listed(query), testing::IsEmpty());
}

TYPED_TEST_P(StoreContract, AWatchBeginsWithWhatIsThere) {
  this->CreateAction("a");
  const auto stream = this->Watch({});
  EXPECT_THAT(this->Next(*stream, 2), testing::ElementsAre("ADDED a", "BOOKMARK"));
  this->SetStatus(this->CreateAction("b"), v1::COMPLETION_SUCCESS);
  ASSERT_TRUE(this->Actions().Delete("default", "b", "").ok());
  EXPECT_THAT(this->Next(*stream, 3), testing::ElementsAre("ADDED b", "MODIFIED b", "DELETED b"));
}

TYPED_TEST_P(StoreContract, AWatchResumesAfterItsVersion) {
  WatchQuery query;
  query.resource_version = this->CreateAction("a").metadata().resource_version();
  this->CreateAction("b");
  EXPECT_THAT(this->Next(*this->Watch(query), 1), testing::ElementsAre("ADDED b"));
}

TYPED_TEST_P(StoreContract, AWatchShowsOnlyWhatItAsksFor) {
  WatchQuery query;
  query.ns = "default";
  query.name = "a";
  const auto stream = this->Watch(query);
  EXPECT_THAT(this->Next(*stream, 1), testing::ElementsAre("BOOKMARK"));
  this->CreateAction("b");
  this->CreateAction("a", "other");
  this->Stored(this->Events().Create(this->NewEvent("a")));
  this->CreateAction("a");
  EXPECT_THAT(this->Next(*stream, 1), testing::ElementsAre("ADDED a"));
}

TYPED_TEST_P(StoreContract, KnowsTheStateOfAnEvent) {
  using State = ResourceStore::EventState;
  EXPECT_EQ(*this->All().StateOfEvent("default", "e"), State::kAbsent);
  v1::Event event = this->Stored(this->Events().Create(this->NewEvent("e")));
  EXPECT_EQ(*this->All().StateOfEvent("default", "e"), State::kRecorded);
  event.mutable_status()->mutable_dispatch_time()->set_seconds(1);
  this->Stored(this->Events().UpdateStatus(event));
  EXPECT_EQ(*this->All().StateOfEvent("default", "e"), State::kDispatched);
  EXPECT_EQ(*this->All().StateOfEvent("other", "e"), State::kAbsent);
}

TYPED_TEST_P(StoreContract, ADispatchedEventCreatesNothing) {
  v1::Event event = this->Stored(this->Events().Create(this->NewEvent("e")));
  this->Stored(this->All().CreateUnlessDispatched(this->NewAction("before")));
  event.mutable_status()->mutable_dispatch_time()->set_seconds(1);
  this->Stored(this->Events().UpdateStatus(event));
  const absl::Status late = this->All().CreateUnlessDispatched(this->NewAction("late")).status();
  EXPECT_EQ(Reason(late), "ALREADY_DISPATCHED");
  EXPECT_EQ(late.code(), absl::StatusCode::kFailedPrecondition);
  EXPECT_THAT(this->Listed({}), testing::ElementsAre("before"));
}

TYPED_TEST_P(StoreContract, ADispatchedActionCreatesNothing) {
  v1::Action chained = this->NewAction("chained");
  chained.mutable_spec()->mutable_upstream()->set_name("a");
  EXPECT_EQ(Reason(this->All().CreateUnlessDispatched(chained).status()), "ACTION_NOT_FOUND");
  const v1::Action upstream = this->SetStatus(this->CreateAction("a"), v1::COMPLETION_SUCCESS);
  this->Stored(this->All().CreateUnlessDispatched(chained));
  this->SetStatus(upstream, v1::COMPLETION_SUCCESS, /*dispatched=*/true);
  chained.mutable_metadata()->set_name("late");
  EXPECT_EQ(Reason(this->All().CreateUnlessDispatched(chained).status()), "ALREADY_DISPATCHED");
  EXPECT_THAT(this->Listed({}), testing::UnorderedElementsAre("a", "chained"));
}

TYPED_TEST_P(StoreContract, ManyActionsAtOnceHaveAnAnswerEach) {
  this->CreateAction("taken");
  v1::Event event = this->NewEvent("done");
  event = this->Stored(this->Events().Create(event));
  event.mutable_status()->mutable_dispatch_time()->set_seconds(1);
  this->Stored(this->Events().UpdateStatus(event));
  std::vector<NewAction> wanted;
  for (const char* name : {"a", "taken", "late", "asked", "b"}) {
    wanted.push_back({.action = this->NewAction(name)});
  }
  for (const size_t of_done : {2, 3}) {
    wanted[of_done].action.mutable_spec()->mutable_event()->set_name("done");
  }
  wanted[3].on_request = true;
  const std::vector<absl::StatusOr<v1::Action>> answers = this->All().CreateActions(wanted);
  ASSERT_EQ(answers.size(), wanted.size());
  EXPECT_EQ(this->Stored(answers[0]).metadata().name(), "a");
  EXPECT_FALSE(answers[0]->metadata().uid().empty());
  EXPECT_EQ(Reason(answers[1].status()), "NAME_TAKEN");
  EXPECT_EQ(Reason(answers[2].status()), "ALREADY_DISPATCHED");
  EXPECT_EQ(this->Stored(answers[3]).metadata().name(), "asked");
  EXPECT_EQ(this->Stored(answers[4]).metadata().name(), "b");
  EXPECT_THAT(this->Listed({}), testing::UnorderedElementsAre("taken", "a", "asked", "b"));
  EXPECT_TRUE(this->All().CreateActions({}).empty());
}

TYPED_TEST_P(StoreContract, ManyReadAtOnceHaveAnAnswerEach) {
  this->CreateAction("a");
  this->CreateAction("b", "other");
  const std::vector<absl::StatusOr<v1::Action>> answers =
      this->Actions().GetEach({{"other", "b"}, {"default", "b"}, {"default", "a"}});
  ASSERT_EQ(answers.size(), 3U);
  EXPECT_EQ(this->Stored(answers[0]).metadata().namespace_(), "other");
  EXPECT_EQ(Reason(answers[1].status()), "ACTION_NOT_FOUND");
  EXPECT_EQ(this->Stored(answers[2]).metadata().name(), "a");
}

TYPED_TEST_P(StoreContract, IdentifiesThePipelinesOfANamespace) {
  v1::Pipeline pipeline = this->Stored(this->Pipelines().Create(this->NewPipeline("p")));
  pipeline.mutable_spec()->mutable_trigger()->mutable_event()->set_type("another");
  this->Stored(this->Pipelines().Update(pipeline));
  this->Stored(this->Pipelines().Create(this->NewPipeline("q", "other")));
  const auto identities = this->All().PipelineIdentities("default");
  ASSERT_TRUE(identities.ok()) << identities.status();
  ASSERT_EQ(identities->size(), 1U);
  EXPECT_EQ(identities->front().name(), "p");
  EXPECT_EQ(identities->front().uid(), pipeline.metadata().uid());
  EXPECT_EQ(identities->front().generation(), 2);
}

REGISTER_TYPED_TEST_SUITE_P(StoreContract, SetsWhatTheAdapterSets, ANameIsTakenOncePerNamespace,
                            SaysWhatIsNotThere, AnUpdateNeedsTheVersionThatItIsBasedOn,
                            SpecAndStatusAreWrittenApart, AWriteThatChangesNothingKeepsTheVersion,
                            DeletesTheOneThatIsMeant, TheVersionOfTheFirstPageLeadsToWhatCameLater,
                            RefusesATokenThatIsNone, ListsWhatIsAskedFor,
                            AWatchBeginsWithWhatIsThere, AWatchResumesAfterItsVersion,
                            AWatchShowsOnlyWhatItAsksFor, KnowsTheStateOfAnEvent,
                            ADispatchedEventCreatesNothing, ADispatchedActionCreatesNothing,
                            ManyActionsAtOnceHaveAnAnswerEach, ManyReadAtOnceHaveAnAnswerEach,
                            IdentifiesThePipelinesOfANamespace);

}  // namespace eventreactor
