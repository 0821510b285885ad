#include "services/kube-adapter/kube/reflector.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>
#include <thread>

#include "libs/status/status.h"
#include "services/kube-adapter/kube/cache.h"
#include "services/kube-adapter/kube/testing/fake_api_server.h"
#include "services/kube-adapter/kube/testing/fake_clock.h"

namespace eventreactor::kube {
namespace {

using nlohmann::json;
using testing::ElementsAre;

constexpr absl::Duration kLong = absl::Seconds(10);

class ReflectorTest : public testing::Test {
 protected:
  void SetUp() override {
    ClientOptions options;
    options.max_attempts = 1;
    client_ = *Client::Create(server_.config(), options);
    cache_ = std::make_unique<Cache<json>>(CacheOptions<json>{
        .decode = [](json&& object) { return absl::StatusOr<json>(std::move(object)); }});
  }
  void TearDown() override { reflector_.reset(); }
  static ReflectorOptions Options() {
    ReflectorOptions options;
    options.resource = kWidgets;
    options.page = 2;
    return options;
  }
  void Start(ReflectorOptions options = Options(), Clock& clock = SystemClock()) {
    options.backoff = {.first = absl::Milliseconds(1), .longest = absl::Milliseconds(5)};
    reflector_ = std::make_unique<Reflector>(*client_, std::move(options), *cache_, clock);
    reflector_->Start();
    ASSERT_TRUE(cache_->WaitForSync(kLong));
  }
  void Make(const std::string& name, int n = 0) {
    const auto made = server_.Create(
        kWidgets, {{"metadata", {{"name", name}, {"namespace", "ns"}, {"labels", {{"l", name}}}}},
                   {"spec", {{"n", n}}}});
    ASSERT_TRUE(made.ok()) << made.status();
  }
  void Set(const std::string& name, int n) {
    ASSERT_TRUE(server_.Change(kWidgets, {"ns", name}, [n](json& o) { o["spec"]["n"] = n; }).ok());
  }
  // Once the cache has caught up.
  std::vector<std::string> Names() {
    EXPECT_TRUE(cache_->WaitForVersion(server_.version(), kLong));
    std::vector<std::string> names;
    for (const auto& object : cache_->List()) names.push_back(object->name.name);
    return names;
  }

  FakeApiServer server_;
  std::unique_ptr<Client> client_;
  std::unique_ptr<Cache<json>> cache_;
  std::unique_ptr<Reflector> reflector_;
};

TEST_F(ReflectorTest, MirrorsWhatIsThereAndWhatComes) {
  for (const char* name : {"a", "b", "c", "d", "e"}) Make(name);
  Start();
  EXPECT_THAT(Names(), ElementsAre("a", "b", "c", "d", "e")) << "in three pages";
  Make("f");
  Set("a", 7);
  ASSERT_TRUE(server_.Remove(kWidgets, {"ns", "b"}).ok());
  EXPECT_THAT(Names(), ElementsAre("a", "c", "d", "e", "f"));
  EXPECT_EQ(cache_->Get({"ns", "a"})->value["spec"]["n"], 7);
  EXPECT_TRUE(cache_->health().ok());
}

TEST_F(ReflectorTest, KeepsTheKindAndDropsManagedFields) {
  Make("a");
  Start();
  Make("b");
  Names();
  for (const char* name : {"a", "b"}) {
    const json object = cache_->Get({"ns", name})->value;
    EXPECT_FALSE(object["metadata"].contains("managedFields")) << name;
    EXPECT_EQ(object["kind"], "Widget") << name;
    EXPECT_EQ(object["apiVersion"], "x.io/v1") << name;
  }
}

TEST_F(ReflectorTest, StripsBeforeAnythingIsMirrored) {
  Make("a", 1);
  ReflectorOptions options = Options();
  options.transform = [](json& object) { object.erase("spec"); };
  Start(options);
  Make("b", 1);
  Names();
  EXPECT_FALSE(cache_->Get({"ns", "a"})->value.contains("spec"));
  EXPECT_FALSE(cache_->Get({"ns", "b"})->value.contains("spec"));
}

TEST_F(ReflectorTest, MirrorsMetadataAlone) {
  Make("a", 1);
  MetadataCache metadata(MetadataCacheOptions());
  ReflectorOptions options = Options();
  options.metadata_only = true;
  Reflector reflector(*client_, options, metadata);
  reflector.Start();
  ASSERT_TRUE(metadata.WaitForSync(kLong));
  Make("b", 1);
  ASSERT_TRUE(metadata.WaitForVersion(server_.version(), kLong));
  EXPECT_EQ(metadata.Get({"ns", "b"})->value.labels.at("l"), "b");
  EXPECT_EQ(metadata.Get({"ns", "a"})->value.generation, 1);
}

TEST_F(ReflectorTest, MirrorsWhatItsSelectorsWant) {
  Make("a");
  Make("b");
  ReflectorOptions options = Options();
  options.label_selector = "l in (a, c)";
  Start(options);
  Make("c");
  EXPECT_THAT(Names(), ElementsAre("a", "c"));
}

TEST_F(ReflectorTest, ResumesAWatchThatWasCutWithoutListingAnew) {
  Make("a");
  Start();
  ASSERT_TRUE(server_.AwaitWatches(1));
  for (int i = 0; i < 3; ++i) {
    server_.CutWatches();
    Make("x" + std::to_string(i));
  }
  EXPECT_THAT(Names(), ElementsAre("a", "x0", "x1", "x2"));
  EXPECT_EQ(reflector_->metrics().lists, 1U);
}

TEST_F(ReflectorTest, ResumesAWatchThatEndedInGoodOrder) {
  Make("a");
  Start();
  ASSERT_TRUE(server_.AwaitWatches(1));
  // A bookmark says that the watch worked.
  ASSERT_TRUE(cache_->WaitForVersion(server_.version(), kLong));
  server_.EndWatches();
  Make("b");
  EXPECT_THAT(Names(), ElementsAre("a", "b"));
  EXPECT_EQ(reflector_->metrics().lists, 1U);
}

TEST_F(ReflectorTest, ListsAnewWhenTheServerHasForgotten) {
  Make("a");
  Make("b");
  Start();
  ASSERT_TRUE(server_.AwaitWatches(1));
  server_.SetDown(true);
  ASSERT_TRUE(server_.Remove(kWidgets, {"ns", "a"}).ok());
  Make("c");
  server_.ForgetHistory();
  server_.SetDown(false);
  EXPECT_THAT(Names(), ElementsAre("b", "c"));
  EXPECT_GE(reflector_->metrics().lists, 2U);
}

TEST_F(ReflectorTest, BeginsAListAnewThatExpiredBetweenItsPages) {
  for (const char* name : {"a", "b", "c"}) Make(name);
  server_.Inject(
      {.method = "GET", .target_contains = "continue=", .code = 410, .reason = "Expired"});
  Start();
  EXPECT_THAT(Names(), ElementsAre("a", "b", "c"));
  ASSERT_TRUE(server_.AwaitWatches(1));
  EXPECT_EQ(server_.CountRequests("GET", "widgets"), 5) << "two pages, twice, and the watch";
}

TEST_F(ReflectorTest, KeepsTryingAndSaysWhatIsWrong) {
  server_.Inject({.count = 3, .code = 403, .reason = "Forbidden", .message = "no right"});
  Start();
  EXPECT_EQ(reflector_->metrics().failures, 3U);
  EXPECT_TRUE(cache_->health().ok());
}

TEST_F(ReflectorTest, BeginsAnIdleWatchAnew) {
  FakeApiServerOptions silent;
  silent.bookmark_interval = absl::Hours(1);
  FakeApiServer server(silent);
  client_ = *Client::Create(server.config());
  ReflectorOptions options = Options();
  options.idle_timeout = absl::Milliseconds(20);
  Start(options);
  while (reflector_->metrics().watches < 3) std::this_thread::yield();
  EXPECT_EQ(reflector_->metrics().lists, 1U);
  reflector_.reset();
}

TEST_F(ReflectorTest, AsksForWatchesOfDifferentLengthsWithBookmarks) {
  Start();
  ASSERT_TRUE(server_.AwaitWatches(1));
  const FakeRequest request = server_.requests().back();
  EXPECT_EQ(request.query.at("allowWatchBookmarks"), "true");
  const int seconds = std::stoi(request.query.at("timeoutSeconds"));
  EXPECT_GE(seconds, 300);
  EXPECT_LE(seconds, 600);
}

TEST_F(ReflectorTest, WaitsBetweenFailures) {
  FakeClock clock;
  server_.Inject({.count = 5, .code = 500});
  reflector_ = std::make_unique<Reflector>(*client_, Options(), *cache_, clock);
  reflector_->Start();
  for (int i = 0; i < 5; ++i) clock.AdvanceToNextSleeper();
  ASSERT_TRUE(cache_->WaitForSync(kLong));
  EXPECT_EQ(reflector_->metrics().failures, 5U);
  EXPECT_GT(clock.Steady(), absl::ZeroDuration());
  EXPECT_LT(clock.Steady(), absl::Seconds(60));
}

}  // namespace
}  // namespace eventreactor::kube
