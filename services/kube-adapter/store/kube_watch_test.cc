#include <gmock/gmock.h>

#include "absl/time/clock.h"
#include "services/kube-adapter/store/kinds.h"
#include "services/kube-adapter/store/object_watch.h"
#include "services/kube-adapter/store/store_testing.h"

namespace eventreactor::kube {
namespace {

using nlohmann::json;
using testing::ElementsAre;
using testing::HasSubstr;

class KubeWatchTest : public KubeStoreTest {
 protected:
  // Bookmarks come only where a test asks for them.
  KubeWatchTest() : KubeStoreTest({.bookmark_interval = absl::Hours(1)}) {}

  std::unique_ptr<ChangeStream<v1::Action>> Watch(const WatchQuery& query = {}) {
    auto stream = store_->actions().Watch(query);
    EXPECT_TRUE(stream.ok()) << stream.status();
    return *std::move(stream);
  }
  void Touch(const std::string& name) {
    v1::Action action = *store_->actions().Get("default", name);
    action.mutable_status()->set_observed_generation(action.status().observed_generation() + 1);
    ASSERT_TRUE(store_->actions().UpdateStatus(action).ok());
  }
};

TEST_F(KubeWatchTest, TellsWhereToResumeFromTheFirstBookmarkOn) {
  CreateAction("a");
  const auto stream = Watch();
  const auto first = stream->Next(absl::Seconds(10));
  ASSERT_TRUE(first.ok());
  EXPECT_EQ((*first)->resource_version, "");
  const auto bookmark = stream->Next(absl::Seconds(10));
  const std::string version = (*bookmark)->resource_version;
  CreateAction("b");
  WatchQuery query;
  query.resource_version = version;
  const auto resumed = Watch(query);
  const auto change = resumed->Next(absl::Seconds(10));
  ASSERT_TRUE(change.ok() && change->has_value());
  EXPECT_EQ((*change)->object.metadata().name(), "b");
  EXPECT_EQ((*change)->resource_version, (*change)->object.metadata().resource_version());
}

TEST_F(KubeWatchTest, ReadsAllThatIsThereInChunks) {
  for (int i = 0; i < 250; ++i) CreateAction("a" + std::to_string(100 + i));
  const auto stream = Watch();
  const std::vector<std::string> changes = Take(*stream, 251);
  EXPECT_EQ(changes.front(), "ADDED a100");
  EXPECT_EQ(changes[249], "ADDED a349");
  EXPECT_EQ(changes.back(), "BOOKMARK");
}

TEST_F(KubeWatchTest, GoesOnWhenTheServerEndsAWatch) {
  const auto stream = Watch();
  EXPECT_THAT(Take(*stream, 1), ElementsAre("BOOKMARK"));
  CreateAction("a");
  EXPECT_THAT(Take(*stream, 1), ElementsAre("ADDED a"));
  server_.EndWatches();
  CreateAction("b");
  EXPECT_THAT(Take(*stream, 1), ElementsAre("ADDED b"));
}

TEST_F(KubeWatchTest, GoesOnWhenAConnectionIsCut) {
  const auto stream = Watch();
  EXPECT_THAT(Take(*stream, 1), ElementsAre("BOOKMARK"));
  CreateAction("a");
  EXPECT_THAT(Take(*stream, 1), ElementsAre("ADDED a"));
  server_.CutWatches();
  CreateAction("b");
  EXPECT_THAT(Take(*stream, 1), ElementsAre("ADDED b"));
}

TEST_F(KubeWatchTest, EndsWhenItsVersionIsForgotten) {
  const auto stream = Watch();
  EXPECT_THAT(Take(*stream, 1), ElementsAre("BOOKMARK"));
  CreateAction("a");
  EXPECT_THAT(Take(*stream, 1), ElementsAre("ADDED a"));
  server_.ForgetHistory();
  EXPECT_THAT(Take(*stream, 1), ElementsAre("VERSION_EXPIRED"));

  WatchQuery query;
  query.resource_version = "1";
  EXPECT_THAT(Take(*Watch(query), 1), ElementsAre("VERSION_EXPIRED"));
}

TEST_F(KubeWatchTest, RefusesAVersionThatIsNone) {
  WatchQuery query;
  query.resource_version = "abc";
  const absl::Status refused = store_->actions().Watch(query).status();
  EXPECT_EQ(Reason(refused), "INVALID_VERSION");
  EXPECT_THAT(std::string(refused.message()), HasSubstr("\"abc\""));
}

TEST_F(KubeWatchTest, WaitsNoLongerThanItIsTold) {
  const auto stream = Watch();
  EXPECT_THAT(Take(*stream, 1), ElementsAre("BOOKMARK"));
  const auto nothing = stream->Next(absl::Milliseconds(1));
  ASSERT_TRUE(nothing.ok()) << nothing.status();
  EXPECT_FALSE(nothing->has_value());
}

TEST_F(KubeWatchTest, WhatIsNotUnderstoodIsLeftOutAndTold) {
  const auto stream = Watch();
  EXPECT_THAT(Take(*stream, 1), ElementsAre("BOOKMARK"));
  ASSERT_TRUE(server_.Create(ActionKind().resource, UnreadableAction("bad")).ok());
  CreateAction("good");
  EXPECT_THAT(Take(*stream, 1), ElementsAre("ADDED good"));
  ASSERT_EQ(Refused().size(), 1U);
  EXPECT_EQ(Refused()[0].name.name, "bad");
}

TEST_F(KubeWatchTest, WhatIsNoLongerUnderstoodIsGoneForTheReader) {
  const v1::Action action = CreateAction("a");
  const auto stream = Watch();
  EXPECT_THAT(Take(*stream, 2), ElementsAre("ADDED a", "BOOKMARK"));
  ASSERT_TRUE(server_
                  .Change(ActionKind().resource, {"default", "a"},
                          [](json& object) { object["spec"] = UnreadableAction("a")["spec"]; })
                  .ok());
  const auto change = stream->Next(absl::Seconds(10));
  ASSERT_TRUE(change.ok() && change->has_value());
  EXPECT_EQ((*change)->type, v1::CHANGE_TYPE_DELETED);
  EXPECT_EQ((*change)->object.metadata().uid(), action.metadata().uid());
}

TEST_F(KubeWatchTest, ThoseWhoOnlyWantToHearOfEventsGetNoBodiesAndAskForNone) {
  v1::Event event = TestEvent("e");
  event.mutable_spec()->set_data("body");
  ASSERT_TRUE(store_->events().Create(event).ok());
  store_->Start();
  ASSERT_TRUE(store_->WaitForSync(absl::Seconds(10)));
  ASSERT_TRUE(server_.AwaitWatches(1));
  WatchQuery query;
  query.names_only = true;
  auto stream = store_->events().Watch(query);
  ASSERT_TRUE(stream.ok()) << stream.status();
  EXPECT_THAT(Take(**stream, 2), ElementsAre("ADDED e", "BOOKMARK"));
  ASSERT_TRUE(store_->events().Create(TestEvent("f")).ok());
  const auto change = (*stream)->Next(absl::Seconds(10));
  ASSERT_TRUE(change.ok() && change->has_value());
  EXPECT_EQ((*change)->object.metadata().name(), "f");
  EXPECT_FALSE((*change)->object.has_spec());
  EXPECT_EQ(*store_->StateOfEvent("default", "f"), ResourceStore::EventState::kRecorded)
      << "who hears of an Event finds it";
  EXPECT_EQ(server_.watches(), 1);

  query.resource_version = (*change)->resource_version;
  auto resumed = store_->events().Watch(query);
  ASSERT_TRUE(resumed.ok()) << resumed.status();
  ASSERT_TRUE(store_->events().Delete("default", "e", "").ok());
  EXPECT_THAT(Take(**resumed, 1), ElementsAre("DELETED e"));
}

TEST_F(KubeWatchTest, BeginsAnewWhereNothingIsHeardOfTheServer) {
  ObjectWatch watch(*client_, {.resource = ActionKind().resource,
                               .version = std::to_string(server_.version()),
                               .idle = absl::Milliseconds(20)});
  const absl::Time until = absl::Now() + absl::Seconds(20);
  while (server_.CountRequests("GET", "/actions") < 2 && absl::Now() < until) {
    const auto event = watch.Next(absl::Milliseconds(20));
    ASSERT_TRUE(event.ok() && !event->has_value()) << event.status();
  }
  CreateAction("a");
  std::optional<WatchEvent> seen;
  while (!seen && absl::Now() < until) seen = *watch.Next(absl::Milliseconds(20));
  ASSERT_TRUE(seen);
  EXPECT_EQ(seen->object["metadata"]["name"], "a");
}

}  // namespace
}  // namespace eventreactor::kube
