#include "services/local-adapter/sqlite_store.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>

#include <set>
#include <thread>

#include "absl/strings/str_cat.h"
#include "libs/status/status.h"
#include "services/local-adapter/store_test_files.h"

namespace eventreactor::local {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

class SqliteStoreTest : public testing::Test {
 protected:
  SqliteStoreTest() { Reopen(); }

  void Reopen() {
    store_.reset();
    absl::StatusOr<std::unique_ptr<SqliteStore>> store = SqliteStore::Open(options_);
    ASSERT_TRUE(store.ok()) << store.status();
    store_ = *std::move(store);
  }

  v1::Action CreateAction(const std::string& name, const std::string& ns = "default") {
    const absl::StatusOr<v1::Action> created = store_->actions().Create(MakeTestAction(name, ns));
    EXPECT_TRUE(created.ok()) << created.status();
    return created.value_or(v1::Action());
  }

  TestDirectory directory_;
  Database::Options options_ = {.path = directory_.path() + "/er.db"};
  std::unique_ptr<SqliteStore> store_;
};

template <class T>
std::vector<std::string> Names(const std::vector<T>& objects) {
  std::vector<std::string> names;
  names.reserve(objects.size());
  for (const T& object : objects) names.push_back(object.metadata().name());
  return names;
}

// The changes that are there at once, as "TYPE name".
template <class T>
std::vector<std::string> Drain(ChangeStream<T>& stream) {
  std::vector<std::string> changes;
  while (true) {
    const absl::StatusOr<std::optional<Change<T>>> change = stream.Next(absl::ZeroDuration());
    if (!change.ok()) {
      changes.push_back(Reason(change.status()));
      return changes;
    }
    if (!change->has_value()) return changes;
    const std::string type = v1::ChangeType_Name((*change)->type).substr(12);
    const std::string& name = (*change)->object.metadata().name();
    changes.push_back(name.empty() ? type : absl::StrCat(type, " ", name));
  }
}

TEST_F(SqliteStoreTest, ListsInOrderOfCreationInPages) {
  for (const char* name : {"c", "a", "b"}) CreateAction(name);
  CreateAction("x", "other");
  ListQuery query;
  query.ns = "default";
  query.page_size = 2;
  absl::StatusOr<Page<v1::Action>> page = store_->actions().List(query);
  ASSERT_TRUE(page.ok());
  EXPECT_THAT(Names(page->items), ElementsAre("c", "a"));
  const std::string version = page->resource_version;

  // What comes while somebody pages neither moves nor repeats anything.
  CreateAction("d");
  ASSERT_TRUE(store_->actions().Delete("default", "a", "").ok());
  query.page_token = page->next_page_token;
  page = store_->actions().List(query);
  ASSERT_TRUE(page.ok());
  EXPECT_THAT(Names(page->items), ElementsAre("b", "d"));
  EXPECT_EQ(page->next_page_token, "");
  EXPECT_EQ(page->resource_version, version);

  // And the version of the first page leads to it.
  WatchQuery watch;
  watch.resource_version = version;
  const auto stream = store_->actions().Watch(watch);
  ASSERT_TRUE(stream.ok());
  EXPECT_THAT(Drain(**stream), ElementsAre("ADDED d", "DELETED a"));
}

TEST_F(SqliteStoreTest, ListsPipelinesByName) {
  for (const char* name : {"c", "a", "b"}) {
    v1::Pipeline pipeline;
    pipeline.mutable_metadata()->set_name(name);
    pipeline.mutable_metadata()->set_namespace_("default");
    ASSERT_TRUE(store_->pipelines().Create(pipeline).ok());
  }
  ListQuery query;
  query.page_size = 2;
  absl::StatusOr<Page<v1::Pipeline>> page = store_->pipelines().List(query);
  EXPECT_THAT(Names(page->items), ElementsAre("a", "b"));
  query.page_token = page->next_page_token;
  page = store_->pipelines().List(query);
  EXPECT_THAT(Names(page->items), ElementsAre("c"));
  EXPECT_EQ(page->next_page_token, "");
}

TEST_F(SqliteStoreTest, APageEndsBeforeItGrowsTooLargeButHasOneObject) {
  for (const char* name : {"a", "b"}) {
    v1::Event event = MakeTestEvent(name);
    event.mutable_spec()->set_data(std::string(1000, 'x'));
    ASSERT_TRUE(store_->events().Create(event).ok());
  }
  ListQuery query;
  query.page_bytes = 1500;
  EXPECT_THAT(Names(store_->events().List(query)->items), ElementsAre("a"));
  query.page_bytes = 10;
  EXPECT_THAT(Names(store_->events().List(query)->items), ElementsAre("a"));
}

TEST_F(SqliteStoreTest, RefusesATokenThatIsNone) {
  ListQuery query;
  for (const char* token :
       {"x", "1", "1.", "-1.2", "1.2x", "1./a", "1.a/", "99999999999999999999.1"}) {
    query.page_token = token;
    EXPECT_EQ(Reason(store_->actions().List(query).status()), "INVALID_PAGE_TOKEN") << token;
  }
}

TEST_F(SqliteStoreTest, AWatchShowsEachStateInOrder) {
  const auto stream = store_->actions().Watch({});
  v1::Action action = CreateAction("a");
  for (int generation = 1; generation <= 3; ++generation) {
    action.mutable_status()->set_observed_generation(generation);
    action = *store_->actions().UpdateStatus(action);
  }
  std::vector<int64_t> seen;
  while (true) {
    const auto change = (*stream)->Next(absl::ZeroDuration());
    ASSERT_TRUE(change.ok());
    if (!change->has_value()) break;
    if ((*change)->type == v1::CHANGE_TYPE_BOOKMARK) continue;
    seen.push_back((*change)->object.status().observed_generation());
    EXPECT_EQ((*change)->resource_version, (*change)->object.metadata().resource_version());
  }
  EXPECT_THAT(seen, ElementsAre(0, 1, 2, 3));
}

TEST_F(SqliteStoreTest, WhatChangesWhileAWatchReadsWhatIsThereComesBeforeTheBookmark) {
  for (int i = 0; i < 250; ++i) CreateAction("a" + std::to_string(i));
  const auto stream = store_->actions().Watch({});
  ASSERT_TRUE((*stream)->Next(absl::ZeroDuration())->has_value());
  v1::Action late = *store_->actions().Get("default", "a249");
  late.mutable_status()->set_observed_generation(1);
  ASSERT_TRUE(store_->actions().UpdateStatus(late).ok());
  ASSERT_TRUE(store_->actions().Delete("default", "a0", "").ok());
  const std::vector<std::string> changes = Drain(**stream);
  ASSERT_EQ(changes.size(), 248U + 3);
  EXPECT_THAT(std::vector<std::string>(changes.end() - 3, changes.end()),
              ElementsAre("MODIFIED a249", "DELETED a0", "BOOKMARK"));
}

TEST_F(SqliteStoreTest, ALabelThatChangesBringsAnObjectInAndOut) {
  v1::Action action = CreateAction("a");
  WatchQuery query;
  query.selector = *LabelSelector::Parse("team=red");
  const auto stream = store_->actions().Watch(query);
  EXPECT_THAT(Drain(**stream), ElementsAre("BOOKMARK"));
  for (const char* team : {"red", "red", "blue", "green"}) {
    (*action.mutable_metadata()->mutable_labels())["team"] = team;
    (*action.mutable_metadata()->mutable_annotations())["n"] += "x";
    action = *store_->actions().Update(action);
  }
  EXPECT_THAT(Drain(**stream), ElementsAre("ADDED a", "MODIFIED a", "DELETED a"));
}

TEST_F(SqliteStoreTest, AWatchResumesAcrossARestart) {
  const v1::Action first = CreateAction("a");
  CreateAction("b");
  WatchQuery query;
  query.resource_version = first.metadata().resource_version();
  Reopen();
  const auto stream = store_->actions().Watch(query);
  ASSERT_TRUE(stream.ok());
  EXPECT_THAT(Drain(**stream), ElementsAre("ADDED b"));
}

TEST_F(SqliteStoreTest, AWatchWakesUpForAChange) {
  const auto stream = store_->actions().Watch({});
  EXPECT_THAT(Drain(**stream), ElementsAre("BOOKMARK"));
  std::thread writer([&] { CreateAction("a"); });
  const auto change = (*stream)->Next(absl::Hours(1));
  writer.join();
  ASSERT_TRUE(change.ok());
  ASSERT_TRUE(change->has_value());
  EXPECT_EQ((*change)->object.metadata().name(), "a");
}

TEST_F(SqliteStoreTest, AVersionThatWasForgottenExpires) {
  options_.change_log = {.changes = 3, .interval = 1};
  Reopen();
  const auto slow = store_->actions().Watch({});
  EXPECT_THAT(Drain(**slow), ElementsAre("BOOKMARK"));
  const v1::Action first = CreateAction("a");
  for (int i = 0; i < 5; ++i) CreateAction("b" + std::to_string(i));
  WatchQuery query;
  query.resource_version = first.metadata().resource_version();
  EXPECT_EQ(Reason(store_->actions().Watch(query).status()), "VERSION_EXPIRED");
  EXPECT_THAT(Drain(**slow), ElementsAre("VERSION_EXPIRED"));
}

TEST_F(SqliteStoreTest, ADeletionShowsTheLastStateEvenIfAllBeforeItWasForgotten) {
  options_.change_log = {.changes = 1, .interval = 1};
  Reopen();
  CreateAction("a");
  const std::string version = CreateAction("b").metadata().resource_version();
  ASSERT_TRUE(store_->actions().Delete("default", "a", "").ok());
  WatchQuery query;
  query.resource_version = version;
  const auto stream = store_->actions().Watch(query);
  ASSERT_TRUE(stream.ok()) << stream.status();
  EXPECT_THAT(Drain(**stream), ElementsAre("DELETED a"));
}

TEST_F(SqliteStoreTest, ForgetsStatesThatTakeTooMuchRoom) {
  options_.change_log = {.bytes = 5000, .interval = 1};
  Reopen();
  v1::Action action = CreateAction("a");
  const std::string first = action.metadata().resource_version();
  for (int i = 0; i < 10; ++i) {
    (*action.mutable_metadata()->mutable_annotations())["n"] =
        std::string(1000, static_cast<char>('a' + i));
    action = *store_->actions().Update(action);
  }
  WatchQuery query;
  query.resource_version = first;
  EXPECT_EQ(Reason(store_->actions().Watch(query).status()), "VERSION_EXPIRED");
  query.resource_version = std::to_string(std::stoll(action.metadata().resource_version()) - 2);
  const auto stream = store_->actions().Watch(query);
  ASSERT_TRUE(stream.ok()) << stream.status();
  EXPECT_THAT(Drain(**stream), ElementsAre("MODIFIED a", "MODIFIED a"));
}

TEST_F(SqliteStoreTest, RefusesAVersionOfAnotherDatabase) {
  WatchQuery query;
  query.resource_version = "1000000";
  EXPECT_EQ(Reason(store_->actions().Watch(query).status()), "VERSION_EXPIRED");
  query.resource_version = "one";
  EXPECT_EQ(Reason(store_->actions().Watch(query).status()), "INVALID_VERSION");
}

TEST_F(SqliteStoreTest, ManyWritersAndReadersAtOnce) {
  constexpr size_t kThreads = 8;
  constexpr size_t kEach = 25;
  const auto stream = store_->actions().Watch({});
  std::vector<std::thread> threads;
  threads.reserve(kThreads);
  for (size_t t = 0; t < kThreads; ++t) {
    threads.emplace_back([&, t] {
      for (size_t i = 0; i < kEach; ++i) {
        CreateAction("a" + std::to_string(t) + "-" + std::to_string(i));
        EXPECT_TRUE(store_->actions().List({}).ok());
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  ListQuery query;
  query.page_size = 1000;
  EXPECT_EQ(store_->actions().List(query)->items.size(), kThreads * kEach);
  EXPECT_EQ(Drain(**stream).size(), kThreads * kEach + 1);
}

TEST_F(SqliteStoreTest, OfWritersOnOneVersionOneWins) {
  const v1::Action action = CreateAction("a");
  std::atomic<int> won = 0;
  std::vector<std::thread> threads;
  threads.reserve(8);
  for (int t = 0; t < 8; ++t) {
    threads.emplace_back([&, t] {
      v1::Action mine = action;
      mine.mutable_status()->set_observed_generation(t + 1);
      won += store_->actions().UpdateStatus(mine).ok() ? 1 : 0;
    });
  }
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(won, 1);
}

// Versions are in the order of the commits.
TEST_F(SqliteStoreTest, NoActionIsCreatedAfterItsCauseWasDispatched) {
  for (int i = 0; i < 100; ++i) {
    v1::Event event = *store_->events().Create(MakeTestEvent(absl::StrCat("e", i)));
    event.mutable_status()->mutable_dispatch_time()->set_seconds(1);
    absl::StatusOr<v1::Event> dispatched;
    std::thread dispatcher([&] { dispatched = store_->events().UpdateStatus(event); });
    v1::Action action = MakeTestAction(absl::StrCat("a", i));
    action.mutable_spec()->mutable_event()->set_name(event.metadata().name());
    const absl::StatusOr<v1::Action> created = store_->CreateUnlessDispatched(action);
    dispatcher.join();
    ASSERT_TRUE(dispatched.ok()) << dispatched.status();
    if (created.ok()) {
      EXPECT_LT(std::stoll(created->metadata().resource_version()),
                std::stoll(dispatched->metadata().resource_version()));
    } else {
      EXPECT_EQ(Reason(created.status()), "ALREADY_DISPATCHED");
    }
  }
}

TEST_F(SqliteStoreTest, TheFileIsItsOwnersAlone) {
  CreateAction("a");
  for (const char* end : {"", "-wal", "-shm", ".lock"}) {
    struct stat info = {};
    ASSERT_EQ(stat((options_.path + end).c_str(), &info), 0) << end;
    EXPECT_EQ(info.st_mode & 0777, 0600U) << end;
  }
}

TEST_F(SqliteStoreTest, TwoProcessesDoNotShareADatabase) {
  const absl::Status second = SqliteStore::Open(options_).status();
  EXPECT_EQ(Reason(second), "STORE_IN_USE");
  EXPECT_THAT(Message(second), HasSubstr(options_.path));
}

}  // namespace
}  // namespace eventreactor::local
