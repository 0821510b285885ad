#include "services/kube-adapter/store/kube_stores.h"

#include <gmock/gmock.h>

#include <algorithm>

#include "services/kube-adapter/store/store_testing.h"

namespace eventreactor::kube {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::UnorderedElementsAre;

// Serves the namespaces "a" and "b", beside which there is "c".
class KubeStoresTest : public KubeStoreTest {
 protected:
  KubeStoresTest() : stores_(*client_, {"b", "a"}, nullptr) {}

  std::vector<std::string> RequestedOf(const std::string& part) {
    std::vector<std::string> found;
    for (const FakeRequest& request : server_.requests()) {
      if (request.path.find(part) != std::string::npos) found.push_back(request.path);
    }
    return found;
  }
  ResourceStore& Joined() { return stores_.joined(); }
  static ListQuery In(const std::string& ns) {
    ListQuery query;
    query.ns = ns;
    return query;
  }
  static WatchQuery After(const std::string& version) {
    WatchQuery query;
    query.resource_version = version;
    return query;
  }

  KubeStores stores_;
};

TEST_F(KubeStoresTest, WhatIsServedIsReadAndWrittenWhereItIs) {
  ASSERT_TRUE(Joined().actions().Create(TestAction("one", "a")).ok());
  absl::StatusOr<v1::Action> action = Joined().actions().Get("a", "one");
  ASSERT_TRUE(action.ok()) << action.status();
  action->mutable_status()->set_completion(v1::COMPLETION_SUCCESS);
  EXPECT_TRUE(Joined().actions().UpdateStatus(*action).ok());
  EXPECT_EQ(Reason(Joined().actions().Get("b", "one").status()), "ACTION_NOT_FOUND");
  EXPECT_TRUE(Joined().actions().Delete("a", "one", "").ok());
}

TEST_F(KubeStoresTest, ANamespaceThatIsNotServedIsRefusedWithoutARequest) {
  const absl::Status refused = Joined().actions().Create(TestAction("one", "c")).status();
  EXPECT_EQ(Reason(refused), "NAMESPACE_NOT_FOUND");
  EXPECT_THAT(Message(refused), HasSubstr("namespace c is not among those"));
  EXPECT_EQ(Reason(Joined().events().Get("c", "e").status()), "NAMESPACE_NOT_FOUND");
  EXPECT_EQ(Reason(Joined().pipelines().List(In("c")).status()), "NAMESPACE_NOT_FOUND");
  WatchQuery watch;
  watch.ns = "c";
  EXPECT_EQ(Reason(Joined().pipelines().Watch(watch).status()), "NAMESPACE_NOT_FOUND");
  EXPECT_EQ(Joined().StateOfEvent("c", "e").value(), ResourceStore::EventState::kAbsent);
  EXPECT_THAT(Joined().PipelineIdentities("c").value(), IsEmpty());
  EXPECT_THAT(server_.requests(), IsEmpty());
}

TEST_F(KubeStoresTest, ListsAndBarriersHaveAllThatIsServedAndNothingElse) {
  for (const char* ns : {"a", "b", "c"}) {
    ASSERT_TRUE(store_->pipelines().Create(TestPipeline(std::string("of-") + ns, ns)).ok());
  }
  EXPECT_THAT(Names(Joined().pipelines().List({}).value().items), ElementsAre("of-a", "of-b"));
  EXPECT_THAT(Names(Joined().pipelines().List(In("b")).value().items), ElementsAre("of-b"));
  const auto known = Joined().PipelineIdentities("").value();
  ASSERT_EQ(known.size(), 2U);
  EXPECT_EQ(known[0].name(), "of-a");
  EXPECT_EQ(known[1].name(), "of-b");
}

TEST_F(KubeStoresTest, PagesGoOnFromOneNamespaceToTheNext) {
  for (const char* ns : {"a", "b"}) {
    for (const char* name : {"1", "2", "3"}) CreateAction(std::string(ns) + name, ns);
  }
  ListQuery query;
  query.page_size = 2;
  std::vector<std::string> names;
  std::vector<size_t> sizes;
  std::vector<std::string> versions;
  do {
    const absl::StatusOr<Page<v1::Action>> page = Joined().actions().List(query);
    ASSERT_TRUE(page.ok()) << page.status();
    for (const std::string& name : Names(page->items)) names.push_back(name);
    sizes.push_back(page->items.size());
    versions.push_back(page->resource_version);
    // Newer than the first page.
    CreateAction("c" + std::to_string(sizes.size()), "c");
    query.page_token = page->next_page_token;
  } while (!query.page_token.empty());
  EXPECT_THAT(names, ElementsAre("a1", "a2", "a3", "b1", "b2", "b3"));
  EXPECT_THAT(sizes, ElementsAre(2U, 2U, 2U));
  EXPECT_EQ(versions, std::vector<std::string>(3, versions[0]));
}

TEST_F(KubeStoresTest, APageEndsBeforeItGrowsTooLarge) {
  for (const char* ns : {"a", "b"}) {
    v1::Event event = TestEvent(std::string("of-") + ns, ns);
    event.mutable_spec()->set_data(std::string(1000, 'x'));
    ASSERT_TRUE(store_->events().Create(event).ok());
  }
  ListQuery query;
  query.page_bytes = 1500;
  const Page<v1::Event> page = Joined().events().List(query).value();
  EXPECT_THAT(Names(page.items), ElementsAre("of-a"));
  query.page_token = page.next_page_token;
  EXPECT_THAT(Names(Joined().events().List(query).value().items), ElementsAre("of-b"));
}

TEST_F(KubeStoresTest, TokensThatNoPageEndedWithAreRefused) {
  for (const char* token : {"x", "a.1", "a.x.", "c.1.", "..", "a.1.not a token"}) {
    ListQuery query;
    query.page_token = token;
    EXPECT_EQ(Reason(Joined().actions().List(query).status()), "INVALID_PAGE_TOKEN") << token;
  }
}

TEST_F(KubeStoresTest, AWatchTellsWhatIsThereOnceAndThenEachChange) {
  CreateAction("first", "a");
  CreateAction("second", "b");
  CreateAction("elsewhere", "c");
  const auto stream = Joined().actions().Watch({}).value();
  EXPECT_THAT(Take(*stream, 3), UnorderedElementsAre("ADDED first", "ADDED second", "BOOKMARK"));
  CreateAction("third", "b");
  EXPECT_THAT(Take(*stream, 1), ElementsAre("ADDED third"));
  CreateAction("elsewhere-too", "c");
  ASSERT_TRUE(store_->actions().Delete("a", "first", "").ok());
  std::vector<std::string> changes;
  while (changes.empty() || changes.back() == "BOOKMARK") changes = Take(*stream, 1);
  EXPECT_THAT(changes, ElementsAre("DELETED first"));
}

TEST_F(KubeStoresTest, WhoeverResumesAWatchMissesNothingOfAnyNamespace) {
  CreateAction("old", "a");
  const std::string version = Joined().actions().List({}).value().resource_version;
  CreateAction("of-b", "b");
  auto stream = Joined().actions().Watch(After(version)).value();
  std::string told;
  while (true) {
    const auto change = stream->Next(absl::Seconds(10)).value();
    ASSERT_TRUE(change.has_value());
    told = change->resource_version;
    if (change->type != v1::CHANGE_TYPE_BOOKMARK) break;
  }
  // Unseen by that stream.
  CreateAction("of-a", "a");
  stream = Joined().actions().Watch(After(told)).value();
  std::vector<std::string> seen;
  while (std::find(seen.begin(), seen.end(), "ADDED of-a") == seen.end()) {
    seen.push_back(Take(*stream, 1).front());
    ASSERT_LT(seen.size(), 100U);
  }
  EXPECT_THAT(seen, testing::Not(testing::Contains("ADDED old")));
}

TEST_F(KubeStoresTest, EachNamespaceKnowsItsEventsByAWatchOfItsOwn) {
  stores_.Start();
  for (const auto& store : stores_.each()) ASSERT_TRUE(store->WaitForSync(absl::Seconds(10)));
  ASSERT_TRUE(store_->events().Create(TestEvent("e", "b")).ok());
  WatchQuery query;
  query.names_only = true;
  const auto stream = Joined().events().Watch(query).value();
  std::vector<std::string> seen;
  while (std::find(seen.begin(), seen.end(), "ADDED e") == seen.end()) {
    seen.push_back(Take(*stream, 1).front());
  }
  EXPECT_EQ(Joined().StateOfEvent("b", "e").value(), ResourceStore::EventState::kRecorded);
  EXPECT_THAT(RequestedOf("/v1alpha1/events"), IsEmpty());
  stores_.Stop();
}

TEST_F(KubeStoresTest, TheCheckFailsWhereOneNamespaceCannotBeRead) {
  EXPECT_TRUE(stores_.Check().ok());
  server_.Inject({.target_contains = "namespaces/b/pipelines",
                  .count = -1,
                  .code = 403,
                  .reason = "Forbidden",
                  .message = "User \"x\" cannot list resource \"pipelines\""});
  EXPECT_EQ(Reason(stores_.Check()), "NOT_PERMITTED");
}

TEST_F(KubeStoresTest, WithoutNamespacesOneStoreServesAll) {
  KubeStores all(*client_, {}, nullptr);
  CreateAction("of-a", "a");
  CreateAction("of-c", "c");
  EXPECT_EQ(all.each().size(), 1U);
  EXPECT_THAT(Names(all.joined().actions().List({}).value().items),
              UnorderedElementsAre("of-a", "of-c"));
}

}  // namespace
}  // namespace eventreactor::kube
