#include "services/kube-adapter/kube/cache.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>
#include <thread>

#include "libs/status/status.h"

namespace eventreactor::kube {
namespace {

using nlohmann::json;
using testing::ElementsAre;
using testing::IsEmpty;

constexpr absl::Duration kPatience = absl::Seconds(10);
constexpr absl::Duration kNow = absl::ZeroDuration();

json Object(const std::string& name, int version, const std::string& color = "red",
            const std::string& uid = "") {
  return {{"metadata",
           {{"namespace", "ns"},
            {"name", name},
            {"uid", uid.empty() ? "uid-" + name : uid},
            {"resourceVersion", std::to_string(version)}}},
          {"color", color}};
}

// Colors; black is refused.
CacheOptions<std::string> Colors() {
  CacheOptions<std::string> options;
  options.decode = [](json&& object) -> absl::StatusOr<std::string> {
    if (object["color"] == "black") return absl::InvalidArgumentError("black");
    return object["color"].get<std::string>();
  };
  options.indexes["color"] = [](const Cached<std::string>& object) {
    return std::vector<std::string>{object.value};
  };
  return options;
}

class CacheTest : public testing::Test {
 protected:
  CacheTest() : cache_(Colors()) {
    cache_.AddListener(
        [this](const CacheChange<std::string>& change) { told_.push_back(Say(change)); },
        [this] { told_.emplace_back("synced"); });
  }
  static std::string Say(const CacheChange<std::string>& change) {
    static const char* const kSigns[] = {"+", "~", "-"};
    return kSigns[static_cast<int>(change.type)] + change.object->name.name + "@" +
           std::to_string(change.version);
  }
  void List(int version, const std::vector<json>& objects) {
    cache_.BeginList();
    for (json object : objects) cache_.Listed(std::move(object));
    cache_.EndList(std::to_string(version));
  }
  void Put(const json& object) { cache_.Changed({WatchEvent::Type::kModified, object}); }
  void Delete(const json& object) { cache_.Changed({WatchEvent::Type::kDeleted, object}); }
  void Bookmark(int version) {
    cache_.Changed({WatchEvent::Type::kBookmark,
                    {{"metadata", {{"resourceVersion", std::to_string(version)}}}}});
  }
  std::vector<std::string> Told() { return std::exchange(told_, {}); }
  static std::vector<std::string> Names(const std::vector<CachedPtr<std::string>>& objects) {
    std::vector<std::string> names;
    for (const auto& object : objects) names.push_back(object->name.name);
    return names;
  }
  // What comes without waiting, and the end or the error.
  static std::vector<std::string> Drain(CacheReader<std::string>& reader) {
    std::vector<std::string> said;
    while (true) {
      const auto change = reader.Next(kNow);
      if (!change.ok()) said.push_back(Reason(change.status()));
      if (!change.ok() || !change->has_value()) return said;
      said.push_back(Say(**change));
    }
  }

  std::vector<std::string> told_;
  Cache<std::string> cache_;
};

TEST_F(CacheTest, IsNotSyncedBeforeItsFirstList) {
  EXPECT_FALSE(cache_.synced());
  EXPECT_FALSE(cache_.WaitForSync(kNow));
  EXPECT_EQ(Reason(cache_.Watch(1).status()), "NOT_SYNCED");
  EXPECT_EQ(Reason(cache_.ListAndWatch().status()), "NOT_SYNCED");
  List(5, {});
  EXPECT_TRUE(cache_.synced());
  EXPECT_EQ(cache_.version(), 5U);
}

TEST_F(CacheTest, TellsListenersTheFirstListAndThenEachChange) {
  List(5, {Object("b", 2), Object("a", 4)});
  EXPECT_THAT(Told(), ElementsAre("+b@2", "+a@4", "synced"));
  Put(Object("c", 6));
  Put(Object("a", 7));
  Delete(Object("b", 8));
  EXPECT_THAT(Told(), ElementsAre("+c@6", "~a@7", "-b@8"));
  EXPECT_EQ(cache_.size(), 2U);
}

TEST_F(CacheTest, IgnoresWhatItKnowsAlready) {
  List(5, {Object("a", 4)});
  Told();
  Put(Object("a", 4));
  Put(Object("a", 3));
  Delete(Object("a", 3));
  EXPECT_THAT(Told(), IsEmpty());
}

TEST_F(CacheTest, FindsByIndexAsValuesChange) {
  List(5, {Object("b", 2, "red"), Object("a", 4, "red"), Object("c", 3, "blue")});
  EXPECT_THAT(Names(cache_.ByIndex("color", "red")), ElementsAre("a", "b"));
  Put(Object("a", 6, "blue"));
  Delete(Object("c", 7));
  EXPECT_THAT(Names(cache_.ByIndex("color", "red")), ElementsAre("b"));
  EXPECT_THAT(Names(cache_.ByIndex("color", "blue")), ElementsAre("a"));
  EXPECT_THAT(cache_.ByIndex("color", "green"), IsEmpty());
  EXPECT_THAT(cache_.ByIndex("size", "red"), IsEmpty());
}

TEST_F(CacheTest, ListsInPagesByNamespace) {
  json other = Object("a", 3);
  other["metadata"]["namespace"] = "zz";
  List(5, {Object("a", 1), Object("b", 2), Object("c", 4), other});
  EXPECT_THAT(Names(cache_.List("ns", {}, 2)), ElementsAre("a", "b"));
  EXPECT_THAT(Names(cache_.List("ns", {"ns", "b"})), ElementsAre("c"));
  EXPECT_EQ(cache_.List().size(), 4U);
  EXPECT_EQ(cache_.List("zz").size(), 1U);
  EXPECT_THAT(cache_.List("z"), IsEmpty());
}

TEST_F(CacheTest, LeavesOutWhatCannotBeDecoded) {
  List(5, {Object("a", 4, "black"), Object("b", 3)});
  EXPECT_THAT(Told(), ElementsAre("+b@3", "synced"));
  Put(Object("b", 6, "black"));
  EXPECT_THAT(Told(), ElementsAre("-b@6"));
  Put(json{{"metadata", {{"name", "x"}}}});
  EXPECT_EQ(cache_.size(), 0U);
}

TEST_F(CacheTest, FindsOutByALaterListWhatItMissed) {
  List(5, {Object("a", 1), Object("b", 2), Object("c", 3)});
  Told();
  List(20, {Object("a", 1), Object("c", 15), Object("d", 12)});
  EXPECT_THAT(Told(), ElementsAre("+d@12", "~c@15", "-b@20"));
  EXPECT_EQ(cache_.version(), 20U);
}

TEST_F(CacheTest, TellsARecreationAsTwoChanges) {
  List(5, {Object("a", 4, "red", "first")});
  Told();
  List(9, {Object("a", 8, "red", "second")});
  EXPECT_THAT(Told(), ElementsAre("-a@7", "+a@8"));
  Put(Object("a", 12, "red", "third"));
  EXPECT_THAT(Told(), ElementsAre("-a@11", "+a@12"));
}

TEST_F(CacheTest, LetsReadersResumeAfterAVersion) {
  List(5, {Object("a", 4)});
  Put(Object("b", 6));
  Put(Object("a", 7));
  Delete(Object("b", 9));
  EXPECT_THAT(Drain(**cache_.Watch(5)), ElementsAre("+b@6", "~a@7", "-b@9"));
  EXPECT_THAT(Drain(**cache_.Watch(6)), ElementsAre("~a@7", "-b@9"));
  EXPECT_THAT(Drain(**cache_.Watch(8)), ElementsAre("-b@9"));
  EXPECT_THAT(Drain(**cache_.Watch(9)), IsEmpty());
  EXPECT_EQ(Reason(cache_.Watch(4).status()), "VERSION_EXPIRED");
  EXPECT_TRUE(absl::IsOutOfRange(cache_.Watch(4).status()));
}

TEST_F(CacheTest, WaitsForAVersionFromElsewhere) {
  List(5, {});
  const auto reader = cache_.Watch(8);
  ASSERT_TRUE(reader.ok()) << reader.status();
  Put(Object("a", 7));
  EXPECT_THAT(Drain(**reader), IsEmpty()) << "known to whoever knows 8";
  Put(Object("a", 9));
  EXPECT_THAT(Drain(**reader), ElementsAre("~a@9"));
}

TEST_F(CacheTest, MissesNothingWhenAReaderResumesInTheMiddleOfARelist) {
  List(5, {Object("a", 1), Object("b", 2), Object("c", 3)});
  const auto all = cache_.Watch(5);
  List(20, {Object("d", 20)});
  // All three were deleted at some time up to 20; d is of version 20 itself.
  std::vector<std::string> expected = {"-a@19", "-b@19", "-c@19", "+d@20"};
  for (size_t taken = 1; taken <= expected.size(); ++taken) {
    const auto reader = cache_.Watch(5);
    for (size_t i = 0; i < taken; ++i) ASSERT_TRUE((*reader)->Next(kNow)->has_value());
    const auto rest = Drain(**cache_.Watch((*reader)->version()));
    for (size_t i = taken; i < expected.size(); ++i) {
      EXPECT_THAT(rest, testing::Contains(expected[i])) << "after " << taken;
    }
  }
  EXPECT_EQ(Drain(**all), expected);
}

TEST_F(CacheTest, TellsTheListsVersionWithItsLastDeletion) {
  List(5, {Object("a", 1), Object("b", 2)});
  const auto reader = cache_.Watch(5);
  List(20, {});
  EXPECT_THAT(Drain(**reader), ElementsAre("-a@19", "-b@20"));
  EXPECT_EQ((*reader)->version(), 20U);
}

TEST_F(CacheTest, CutsOffReadersThatAreTooFarBehind) {
  CacheOptions<std::string> options = Colors();
  options.max_changes = 3;
  Cache<std::string> cache(options);
  cache.BeginList();
  cache.EndList("1");
  const auto reader = cache.Watch(1);
  for (int version = 2; version < 6; ++version) {
    cache.Changed({WatchEvent::Type::kModified, Object("a", version)});
  }
  EXPECT_EQ(Reason((*reader)->Next(kNow).status()), "VERSION_EXPIRED");
  EXPECT_EQ(Reason(cache.Watch(1).status()), "VERSION_EXPIRED");
  EXPECT_EQ(Drain(**cache.Watch(2)).size(), 3U);
}

TEST_F(CacheTest, BoundsTheBytesOfItsChanges) {
  CacheOptions<std::string> options = Colors();
  options.bytes = [](const std::string& color) { return color.size(); };
  options.max_change_bytes = 3000;
  Cache<std::string> cache(options);
  cache.BeginList();
  cache.EndList("1");
  for (int version = 2; version < 12; ++version) {
    cache.Changed({WatchEvent::Type::kModified, Object("a", version, std::string(1000, 'x'))});
  }
  EXPECT_EQ(Reason(cache.Watch(8).status()), "VERSION_EXPIRED");
  EXPECT_EQ(Drain(**cache.Watch(10)).size(), 1U);
}

TEST_F(CacheTest, BeginsAnewWhenTheServerWentBack) {
  List(50, {Object("a", 40)});
  const auto reader = cache_.Watch(50);
  Told();
  List(20, {Object("a", 10, "blue")});
  EXPECT_EQ(cache_.Get({"ns", "a"})->value, "blue");
  EXPECT_EQ(cache_.version(), 20U);
  EXPECT_THAT(Told(), ElementsAre("~a@10"));
  EXPECT_EQ(Reason((*reader)->Next(kNow).status()), "VERSION_EXPIRED");
}

TEST_F(CacheTest, MovesOnWithBookmarks) {
  List(5, {});
  const auto reader = cache_.Watch(5);
  Bookmark(30);
  EXPECT_TRUE(cache_.WaitForVersion(30, kNow));
  EXPECT_FALSE(cache_.WaitForVersion(31, kNow));
  EXPECT_THAT(Drain(**reader), IsEmpty());
  EXPECT_EQ((*reader)->version(), 30U);
}

TEST_F(CacheTest, GivesASnapshotAndWhatComesAfterIt) {
  List(5, {Object("a", 4)});
  Put(Object("b", 6));
  auto snapshot = cache_.ListAndWatch("ns");
  ASSERT_TRUE(snapshot.ok()) << snapshot.status();
  EXPECT_THAT(Names(snapshot->objects), ElementsAre("a", "b"));
  EXPECT_EQ(snapshot->version, 6U);
  Put(Object("c", 7));
  EXPECT_THAT(Drain(*snapshot->reader), ElementsAre("+c@7"));
}

TEST_F(CacheTest, WakesReadersAndTellsThemTheEnd) {
  auto cache = std::make_unique<Cache<std::string>>(Colors());
  cache->BeginList();
  cache->EndList("1");
  const auto reader = cache->Watch(1);
  std::jthread writer([&] { cache->Changed({WatchEvent::Type::kModified, Object("a", 2)}); });
  EXPECT_EQ(Say(**(*reader)->Next(kPatience)), "+a@2");
  writer.join();
  const std::jthread closer([&] { cache.reset(); });
  EXPECT_EQ(Reason((*reader)->Next(kPatience).status()), "CACHE_CLOSED");
}

TEST_F(CacheTest, SaysWhatIsWrongUntilItWorksAgain) {
  cache_.Failed(absl::UnavailableError("down"));
  EXPECT_TRUE(absl::IsUnavailable(cache_.health()));
  List(5, {});
  EXPECT_TRUE(cache_.health().ok());
  cache_.Failed(absl::UnavailableError("down"));
  Bookmark(6);
  EXPECT_TRUE(cache_.health().ok());
}

TEST_F(CacheTest, HoldsAnUnchangedObjectOnce) {
  List(5, {Object("a", 4)});
  const auto before = cache_.Get({"ns", "a"});
  List(6, {Object("a", 4)});
  EXPECT_EQ(cache_.Get({"ns", "a"}), before);
}

}  // namespace
}  // namespace eventreactor::kube
