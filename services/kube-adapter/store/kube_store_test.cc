#include "services/kube-adapter/store/kube_store.h"

#include <gmock/gmock.h>

#include "services/kube-adapter/store/codec.h"
#include "services/kube-adapter/store/store_testing.h"

namespace eventreactor::kube {
namespace {

using nlohmann::json;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::UnorderedElementsAre;

using EventState = ResourceStore::EventState;

TEST_F(KubeStoreTest, ACreatedActionHasItsInitialStatusByOneWrite) {
  const v1::Action action = CreateAction("a");
  EXPECT_FALSE(action.metadata().uid().empty());
  EXPECT_EQ(action.metadata().generation(), 1);
  EXPECT_EQ(action.status().conditions(0).reason(), "Pending");
  EXPECT_EQ(server_.requests().size(), 1U);
  const absl::StatusOr<v1::Action> read = store_->actions().Get("default", "a");
  ASSERT_TRUE(read.ok()) << read.status();
  EXPECT_EQ(read->SerializeAsString(), action.SerializeAsString());
}

TEST_F(KubeStoreTest, ACreatedPipelineKeepsItsStatus) {
  v1::Pipeline pipeline = TestPipeline("p");
  pipeline.mutable_status()->set_observed_generation(1);
  const absl::StatusOr<v1::Pipeline> created = store_->pipelines().Create(pipeline);
  ASSERT_TRUE(created.ok()) << created.status();
  EXPECT_EQ(created->status().observed_generation(), 1);
  EXPECT_EQ(store_->pipelines().Get("default", "p")->status().observed_generation(), 1);
}

TEST_F(KubeStoreTest, AnEventsStatusIsWrittenAloneThoughItHasNoSubresource) {
  v1::Event event = *store_->events().Create(TestEvent("e"));
  v1::Event dispatched = event;
  dispatched.mutable_status()->mutable_dispatch_time()->set_seconds(5);
  dispatched.mutable_spec()->set_data("changed");
  const absl::StatusOr<v1::Event> written = store_->events().UpdateStatus(dispatched);
  ASSERT_TRUE(written.ok()) << written.status();
  EXPECT_EQ(written->status().dispatch_time().seconds(), 5);
  EXPECT_EQ(written->spec().data(), "");
  EXPECT_EQ(written->metadata().annotations().at(kDispatchedAnnotation), "true");
  EXPECT_EQ(Reason(store_->events().UpdateStatus(event).status()), "CONFLICT");

  v1::Event labelled = *written;
  labelled.clear_status();
  (*labelled.mutable_metadata()->mutable_labels())["a"] = "b";
  const absl::StatusOr<v1::Event> updated = store_->events().Update(labelled);
  ASSERT_TRUE(updated.ok()) << updated.status();
  EXPECT_EQ(updated->status().dispatch_time().seconds(), 5);
}

TEST_F(KubeStoreTest, ListsInPagesThatNeitherRepeatNorSkip) {
  for (const char* name : {"e", "a", "d", "b", "c"}) CreateAction(name);
  ListQuery query;
  query.page_size = 2;
  std::vector<std::string> seen;
  std::string version;
  do {
    const absl::StatusOr<Page<v1::Action>> page = store_->actions().List(query);
    ASSERT_TRUE(page.ok()) << page.status();
    EXPECT_LE(page->items.size(), 2U);
    for (const std::string& name : Names(page->items)) seen.push_back(name);
    if (version.empty()) {
      version = page->resource_version;
      CreateAction("f");
    }
    EXPECT_EQ(page->resource_version, version) << "of the first page";
    query.page_token = page->next_page_token;
  } while (!query.page_token.empty());
  EXPECT_THAT(seen, ElementsAre("a", "b", "c", "d", "e"));

  WatchQuery watch;
  watch.resource_version = version;
  const auto stream = store_->actions().Watch(watch);
  EXPECT_THAT(Take(**stream, 1), ElementsAre("ADDED f"));
}

TEST_F(KubeStoreTest, APagesActionsAreInOrderOfCreation) {
  for (const char* name : {"a", "b", "c"}) CreateAction(name);
  const char* times[] = {"2026-01-01T00:00:03Z", "2026-01-01T00:00:01Z", "2026-01-01T00:00:02Z"};
  const char* names[] = {"a", "b", "c"};
  for (int i = 0; i < 3; ++i) {
    ASSERT_TRUE(
        server_
            .Change(ActionKind().resource, {"default", names[i]},
                    [&](json& object) { object["metadata"]["creationTimestamp"] = times[i]; })
            .ok());
  }
  EXPECT_THAT(Names(store_->actions().List({})->items), ElementsAre("b", "c", "a"));
}

TEST_F(KubeStoreTest, APageEndsBeforeItGrowsTooLargeAndTheNextGoesOnThere) {
  for (const char* name : {"a", "b", "c", "d"}) {
    v1::Event event = TestEvent(name);
    event.mutable_spec()->set_data(std::string(1000, 'x'));
    ASSERT_TRUE(store_->events().Create(event).ok());
  }
  ListQuery query;
  for (const size_t bytes : {size_t{2600}, size_t{10}}) {
    query.page_bytes = bytes;
    query.page_token.clear();
    std::vector<size_t> sizes;
    std::vector<std::string> seen;
    do {
      const absl::StatusOr<Page<v1::Event>> page = store_->events().List(query);
      ASSERT_TRUE(page.ok()) << page.status();
      sizes.push_back(page->items.size());
      for (const std::string& name : Names(page->items)) seen.push_back(name);
      query.page_token = page->next_page_token;
    } while (!query.page_token.empty());
    EXPECT_THAT(seen, ElementsAre("a", "b", "c", "d"));
    const std::vector<size_t> expected =
        bytes == 10 ? std::vector<size_t>{1, 1, 1, 1} : std::vector<size_t>{2, 2};
    EXPECT_EQ(sizes, expected);
  }
}

TEST_F(KubeStoreTest, ReadsFewerAtOnceWhereObjectsAreLarge) {
  for (int i = 0; i < 30; ++i) {
    v1::Event event = TestEvent("e" + std::to_string(10 + i));
    event.mutable_spec()->set_data(std::string(size_t{8} << 10, 'x'));
    ASSERT_TRUE(store_->events().Create(event).ok());
  }
  ChunkReader reader(*client_, EventKind().resource, size_t{64} << 10);
  ChunkReader::Ask ask;
  std::vector<std::string> seen;
  do {
    size_t chunk = 0;
    const absl::StatusOr<ListMeta> meta = reader.Read(ask, [&](json&& object) {
      seen.push_back(object["metadata"]["name"]);
      ++chunk;
      return absl::OkStatus();
    });
    ASSERT_TRUE(meta.ok()) << meta.status();
    EXPECT_LE(chunk, 8U);
    ask.continue_token = meta->continue_token;
  } while (!ask.continue_token.empty());
  EXPECT_EQ(seen.size(), 30U);
  EXPECT_EQ(seen.front(), "e10");
  EXPECT_EQ(seen.back(), "e39");
}

TEST_F(KubeStoreTest, RefusesATokenThatIsNone) {
  ListQuery query;
  for (const std::string& token :
       {std::string("a b"), std::string("x&limit=1"), std::string(5000, 'a')}) {
    query.page_token = token;
    EXPECT_EQ(Reason(store_->actions().List(query).status()), "INVALID_PAGE_TOKEN") << token;
  }
  EXPECT_THAT(server_.requests(), IsEmpty());
}

TEST_F(KubeStoreTest, WhereItIsLimitedToANamespaceItAsksForNoOther) {
  CreateAction("a");
  CreateAction("b", "other");
  KubeStore limited(*client_, {.ns = "other"});
  server_.ClearRequests();
  EXPECT_THAT(Names(limited.actions().List({})->items), ElementsAre("b"));
  const auto stream = limited.actions().Watch({});
  EXPECT_THAT(Take(**stream, 2), ElementsAre("ADDED b", "BOOKMARK"));
  for (const FakeRequest& request : server_.requests()) {
    EXPECT_THAT(request.path, HasSubstr("/namespaces/other/"));
  }
}

TEST_F(KubeStoreTest, WhatIsNotUnderstoodIsLeftOutOfListsAndTold) {
  CreateAction("a");
  ASSERT_TRUE(server_.Create(ActionKind().resource, UnreadableAction("b")).ok());
  CreateAction("c");
  ListQuery query;
  query.page_size = 2;
  const absl::StatusOr<Page<v1::Action>> page = store_->actions().List(query);
  ASSERT_TRUE(page.ok()) << page.status();
  EXPECT_THAT(Names(page->items), ElementsAre("a", "c"));
  const std::vector<RefusedObject> refused = Refused();
  ASSERT_EQ(refused.size(), 1U);
  EXPECT_EQ(refused[0].resource, ActionKind().resource);
  EXPECT_EQ(refused[0].name, (ObjectName{"default", "b"}));
  EXPECT_EQ(Field(refused[0].why), "spec.steps[0].x");

  const absl::Status read = store_->actions().Get("default", "b").status();
  EXPECT_EQ(Reason(read), "OBJECT_NOT_UNDERSTOOD");
  EXPECT_THAT(Message(read), HasSubstr("spec.steps[0].x"));
}

TEST_F(KubeStoreTest, TellsPipelinesByIdentityFromAReadOfTheNewest) {
  const v1::Pipeline pipeline = *store_->pipelines().Create(TestPipeline("p"));
  ASSERT_TRUE(store_->pipelines().Create(TestPipeline("q", "other")).ok());
  server_.ClearRequests();
  const auto identities = store_->PipelineIdentities("default");
  ASSERT_TRUE(identities.ok()) << identities.status();
  ASSERT_EQ(identities->size(), 1U);
  EXPECT_EQ((*identities)[0].name(), "p");
  EXPECT_EQ((*identities)[0].uid(), pipeline.metadata().uid());
  EXPECT_EQ((*identities)[0].generation(), 1);
  const FakeRequest request = server_.requests().front();
  EXPECT_FALSE(request.query.contains("resourceVersion")) << "that would allow an old answer";
  EXPECT_THAT(request.headers.at("accept"), HasSubstr("PartialObjectMetadata"));
}

class EventStateTest : public KubeStoreTest {
 protected:
  EventStateTest() {
    v1::Event recorded = TestEvent("recorded");
    recorded.mutable_status()->mutable_dispatch_time()->set_seconds(1);
    EXPECT_TRUE(store_->events().Create(recorded).ok());
    EXPECT_TRUE(store_->events().Create(TestEvent("by-hand")).ok());
  }
  EventState State(const std::string& name) {
    const absl::StatusOr<EventState> state = store_->StateOfEvent("default", name);
    EXPECT_TRUE(state.ok()) << state.status();
    return state.value_or(EventState::kAbsent);
  }
};

TEST_F(EventStateTest, IsKnownWithoutAnyRequest) {
  store_->Start();
  ASSERT_TRUE(store_->WaitForSync(absl::Seconds(10)));
  server_.ClearRequests();
  EXPECT_EQ(State("recorded"), EventState::kDispatched);
  EXPECT_EQ(State("absent"), EventState::kAbsent);
  EXPECT_EQ(server_.CountRequests("GET", "/events/"), 0);
}

TEST_F(EventStateTest, IsLookedAtForAnEventWithoutMark) {
  store_->Start();
  ASSERT_TRUE(store_->WaitForSync(absl::Seconds(10)));
  EXPECT_EQ(State("by-hand"), EventState::kRecorded);
  ASSERT_TRUE(
      server_
          .Change(EventKind().resource, {"default", "by-hand"},
                  [](json& object) { object["status"]["dispatchTime"] = "2026-01-01T00:00:00Z"; })
          .ok());
  EXPECT_EQ(State("by-hand"), EventState::kDispatched);
}

TEST_F(EventStateTest, IsReadFromTheServerWhileNothingIsMarked) {
  EXPECT_EQ(State("recorded"), EventState::kDispatched);
  EXPECT_EQ(State("by-hand"), EventState::kRecorded);
  EXPECT_EQ(State("absent"), EventState::kAbsent);
  EXPECT_EQ(server_.CountRequests("GET", "/events/"), 3);
}

}  // namespace
}  // namespace eventreactor::kube
