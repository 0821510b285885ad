#include "services/kube-adapter/kube/api.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "libs/status/status.h"
#include "services/kube-adapter/kube/conflict.h"
#include "services/kube-adapter/kube/testing/fake_api_server.h"

namespace eventreactor::kube {
namespace {

using nlohmann::json;
using testing::ElementsAre;

class ApiTest : public testing::Test {
 protected:
  ApiTest() : client_(*Client::Create(server_.config())), api_(*client_) {}

  static json Widget(const std::string& name, int n = 0) {
    return {{"apiVersion", "x.io/v1"},
            {"kind", "Widget"},
            {"metadata", {{"name", name}, {"namespace", "ns"}}},
            {"spec", {{"n", n}}}};
  }
  json Make(const std::string& name, int n = 0) {
    const auto made = api_.Create(kWidgets, Widget(name, n));
    EXPECT_TRUE(made.ok()) << made.status();
    return made.value_or(json());
  }
  std::vector<std::string> names_;
  absl::StatusOr<ListMeta> List(const ListOptions& options) {
    return api_.ListAll(
        kWidgets, "ns", options, [this] { names_.clear(); },
        [this](json&& object) {
          EXPECT_EQ(object["kind"], "Widget");
          names_.push_back(object["metadata"]["name"]);
          return absl::OkStatus();
        });
  }

  FakeApiServer server_;
  std::unique_ptr<Client> client_;
  Api api_;
};

TEST_F(ApiTest, CreatesReadsChangesAndDeletes) {
  json widget = Make("a", 1);
  EXPECT_EQ(widget["metadata"]["generation"], 1);
  widget["spec"]["n"] = 2;
  const auto changed = api_.Update(kWidgets, widget);
  ASSERT_TRUE(changed.ok()) << changed.status();
  EXPECT_EQ((*changed)["metadata"]["generation"], 2);
  EXPECT_EQ((*api_.Get(kWidgets, {"ns", "a"}))["spec"]["n"], 2);
  EXPECT_TRUE(api_.Delete(kWidgets, {"ns", "a"}).ok());
  EXPECT_TRUE(absl::IsNotFound(api_.Get(kWidgets, {"ns", "a"}).status()));
}

TEST_F(ApiTest, TellsWhatIsInTheWay) {
  const json first = Make("a");
  EXPECT_TRUE(absl::IsAlreadyExists(api_.Create(kWidgets, Widget("a")).status()));
  json changed = first;
  changed["spec"]["n"] = 5;
  ASSERT_TRUE(api_.Update(kWidgets, changed).ok());
  EXPECT_TRUE(absl::IsAborted(api_.Update(kWidgets, changed).status()));
  EXPECT_TRUE(absl::IsInvalidArgument(api_.Update(kWidgets, Widget("a")).status()))
      << "a custom resource wants a version";
  EXPECT_TRUE(absl::IsAborted(api_.Delete(kWidgets, {"ns", "a"}, {.uid = "another"}).status()));
  server_.SetValidator("widgets", [](const json&, const json& after) {
    return after["spec"]["n"] == 13
               ? std::optional(FakeApiServer::Refusal{.message = "unlucky", .field = "spec.n"})
               : std::nullopt;
  });
  const absl::Status refused = api_.Create(kWidgets, Widget("b", 13)).status();
  EXPECT_EQ(Field(refused), "spec.n") << refused;
}

TEST_F(ApiTest, WritesStatusApart) {
  json widget = Make("a", 1);
  widget["status"] = {{"done", true}};
  widget["spec"]["n"] = 9;
  const auto status = api_.UpdateStatus(kWidgets, widget);
  ASSERT_TRUE(status.ok()) << status.status();
  EXPECT_EQ((*status)["status"]["done"], true);
  EXPECT_EQ((*status)["spec"]["n"], 1) << "the spec is not written with it";
  EXPECT_EQ((*status)["metadata"]["generation"], 1);
  json again = *status;
  again["status"] = {{"done", false}};
  EXPECT_EQ((*api_.Update(kWidgets, again))["status"]["done"], true);
  EXPECT_EQ(*api_.Update(kWidgets, *status), *status) << "a write that changes nothing";
}

TEST_F(ApiTest, Patches) {
  Make("a", 1);
  const ObjectName name{"ns", "a"};
  const auto merged =
      api_.Patch(kWidgets, name, PatchType::kMerge, {{"spec", {{"n", 2}, {"m", 3}}}});
  ASSERT_TRUE(merged.ok()) << merged.status();
  EXPECT_EQ((*merged)["spec"], json({{"n", 2}, {"m", 3}}));
  const auto edited = api_.Patch(kWidgets, name, PatchType::kJson,
                                 json::parse(R"([{"op":"remove","path":"/spec/m"}])"));
  EXPECT_EQ((*edited)["spec"], json({{"n", 2}}));
  const PatchOptions manager{.write = {.field_manager = "tester"}, .force = true};
  const auto applied =
      api_.Patch(kWidgets, {"ns", "new"}, PatchType::kApply, Widget("new", 4), manager);
  ASSERT_TRUE(applied.ok()) << applied.status();
  EXPECT_EQ((*applied)["spec"]["n"], 4);
  EXPECT_TRUE(
      absl::IsInvalidArgument(api_.Patch(kWidgets, name, PatchType::kApply, Widget("a")).status()))
      << "an apply says who it is";
}

TEST_F(ApiTest, KeepsAnObjectUntilItsFinalizersAreGone) {
  json widget = Widget("a");
  widget["metadata"]["finalizers"] = {"x.io/f"};
  ASSERT_TRUE(api_.Create(kWidgets, widget).ok());
  auto deleted = api_.Delete(kWidgets, {"ns", "a"});
  ASSERT_TRUE(deleted.ok()) << deleted.status();
  EXPECT_TRUE((*deleted)["metadata"].contains("deletionTimestamp"));
  json freed = *api_.Get(kWidgets, {"ns", "a"});
  freed["metadata"].erase("finalizers");
  ASSERT_TRUE(api_.Update(kWidgets, freed).ok());
  EXPECT_TRUE(absl::IsNotFound(api_.Get(kWidgets, {"ns", "a"}).status()));
}

TEST_F(ApiTest, DeletesWhatBelongsToWhatIsDeleted) {
  const json owner = Make("owner");
  json child = Widget("child");
  child["metadata"]["ownerReferences"] = {{{"apiVersion", "x.io/v1"},
                                           {"kind", "Widget"},
                                           {"name", "owner"},
                                           {"uid", owner["metadata"]["uid"]}}};
  ASSERT_TRUE(api_.Create(kWidgets, child).ok());
  ASSERT_TRUE(api_.Delete(kWidgets, {"ns", "owner"}).ok());
  EXPECT_TRUE(server_.AwaitGone(kWidgets, {"ns", "child"}));
}

TEST_F(ApiTest, ListsAllPagesAsOfOneVersion) {
  for (const char* name : {"a", "b", "c", "d", "e"}) Make(name);
  const auto listed = List({.limit = 2});
  ASSERT_TRUE(listed.ok()) << listed.status();
  EXPECT_THAT(names_, ElementsAre("a", "b", "c", "d", "e"));
  EXPECT_EQ(listed->resource_version, std::to_string(server_.version()));
  EXPECT_EQ(server_.CountRequests("GET", "widgets"), 3);
}

TEST_F(ApiTest, BeginsAListAnewWhosePagesExpired) {
  for (const char* name : {"a", "b", "c"}) Make(name);
  server_.Inject({.target_contains = "continue=", .count = 2, .code = 410, .reason = "Expired"});
  const auto listed = List({.limit = 2});
  ASSERT_TRUE(listed.ok()) << listed.status();
  EXPECT_THAT(names_, ElementsAre("a", "b", "c"));
}

TEST_F(ApiTest, ListsWithoutPagesWhenTheyKeepExpiring) {
  for (const char* name : {"a", "b", "c"}) Make(name);
  server_.Inject({.target_contains = "continue=", .count = -1, .code = 410, .reason = "Expired"});
  EXPECT_TRUE(List({.limit = 2}).ok());
  EXPECT_THAT(names_, ElementsAre("a", "b", "c"));
}

TEST_F(ApiTest, SelectsByLabelAndField) {
  for (int i = 0; i < 4; ++i) {
    json widget = Widget("w" + std::to_string(i), i);
    widget["metadata"]["labels"] = {{"parity", i % 2 == 0 ? "even" : "odd"}};
    if (i == 3) widget["metadata"]["labels"]["last"] = "yes";
    ASSERT_TRUE(api_.Create(kWidgets, widget).ok());
  }
  struct Case {
    std::string labels;
    std::string fields;
    std::vector<std::string> names;
  };
  const Case cases[] = {
      {"parity=even", "", {"w0", "w2"}},
      {"parity!=even", "", {"w1", "w3"}},
      {"last", "", {"w3"}},
      {"!last", "", {"w0", "w1", "w2"}},
      {"parity in (odd),!last", "", {"w1"}},
      {"last notin (yes)", "", {"w0", "w1", "w2"}},
      {"", "spec.n=2", {"w2"}},
      {"parity==odd", "spec.n!=1", {"w3"}},
      {"", "metadata.name=w0", {"w0"}},
  };
  for (const Case& c : cases) {
    names_.clear();
    const auto listed = List({.label_selector = c.labels, .field_selector = c.fields});
    ASSERT_TRUE(listed.ok()) << c.labels << listed.status();
    EXPECT_EQ(names_, c.names) << c.labels << " " << c.fields;
  }
  EXPECT_TRUE(absl::IsInvalidArgument(List({.label_selector = "a b c"}).status()));
}

TEST_F(ApiTest, GetsMetadataAlone) {
  Make("a", 1);
  const auto partial = api_.Get(kWidgets, {"ns", "a"}, {.metadata_only = true});
  ASSERT_TRUE(partial.ok()) << partial.status();
  EXPECT_EQ((*partial)["kind"], "PartialObjectMetadata");
  EXPECT_FALSE(partial->contains("spec"));
}

TEST_F(ApiTest, SaysThatAnAnswerIsNoJsonOrNoList) {
  server_.SetInterceptor([](const FakeRequest&) { return FakeAnswer{200, "<html>", {}}; });
  EXPECT_EQ(Reason(api_.Get(kWidgets, {"ns", "a"}).status()), "BAD_ANSWER");
  EXPECT_EQ(Reason(List({}).status()), "BAD_LIST");
  server_.SetInterceptor([](const FakeRequest&) { return FakeAnswer{200, "{}", {}}; });
  EXPECT_EQ(Reason(List({}).status()), "BAD_LIST");
}

TEST_F(ApiTest, DoesNotSendWhatIsNoUtf8) {
  json widget = Widget("a");
  widget["spec"]["s"] = "\xff";
  EXPECT_EQ(Reason(api_.Create(kWidgets, widget).status()), "BAD_JSON");
}

TEST_F(ApiTest, HandsItemsOutUntilOneIsRefused) {
  for (const char* name : {"a", "b", "c"}) Make(name);
  int seen = 0;
  const auto listed = api_.List(kWidgets, "ns", {}, [&](json&&) {
    return ++seen == 2 ? absl::AbortedError("enough") : absl::OkStatus();
  });
  EXPECT_TRUE(absl::IsAborted(listed.status()));
  EXPECT_EQ(seen, 2);
}

TEST_F(ApiTest, ReadsAListInWhichOneIsTooDeep) {
  const std::string deep = std::string(5000, '[') + std::string(5000, ']');
  const std::string body = R"({"kind":"WidgetList","metadata":{"resourceVersion":"7"},"items":[)"
                           R"({"metadata":{"name":"a"},"spec":)" +
                           deep + R"(},{"metadata":{"name":"b"}}]})";
  std::vector<std::string> names;
  const auto listed = ForEachItem(body, kWidgets, [&](json&& object) {
    names.push_back(object["metadata"]["name"]);
    return absl::OkStatus();
  });
  ASSERT_TRUE(listed.ok()) << listed.status();
  EXPECT_EQ(listed->resource_version, "7");
  EXPECT_THAT(names, ElementsAre("a", "b"));
}

TEST_F(ApiTest, TriesAgainOnAConflict) {
  Make("a", 0);
  int attempts = 0;
  const auto add = [&]() -> absl::Status {
    absl::StatusOr<json> widget = api_.Get(kWidgets, {"ns", "a"});
    if (!widget.ok()) return widget.status();
    if (++attempts < 3) {
      EXPECT_TRUE(server_
                      .Change(kWidgets, {"ns", "a"},
                              [&](json& object) { object["spec"]["other"] = attempts; })
                      .ok());
    }
    (*widget)["spec"]["n"] = 7;
    return api_.Update(kWidgets, *widget).status();
  };
  EXPECT_TRUE(RetryOnConflict(add).ok());
  EXPECT_EQ(attempts, 3);
  EXPECT_EQ((*server_.Get(kWidgets, {"ns", "a"}))["spec"]["n"], 7);
}

TEST(RetryOnConflict, GivesUpAndTellsOtherErrorsAtOnce) {
  int attempts = 0;
  const ConflictRetry three{
      .max_attempts = 3, .backoff = {.first = absl::Milliseconds(1), .longest = absl::Seconds(1)}};
  const auto always = [&] {
    ++attempts;
    return absl::AbortedError("conflict");
  };
  EXPECT_TRUE(absl::IsAborted(RetryOnConflict(always, three)));
  EXPECT_EQ(attempts, 3);
  attempts = 0;
  EXPECT_TRUE(absl::IsNotFound(RetryOnConflict([&] {
    ++attempts;
    return absl::NotFoundError("gone");
  })));
  EXPECT_EQ(attempts, 1);
  std::stop_source stop;
  stop.request_stop();
  attempts = 0;
  EXPECT_TRUE(absl::IsAborted(RetryOnConflict(always, three, stop.get_token())));
  EXPECT_EQ(attempts, 1);
}

}  // namespace
}  // namespace eventreactor::kube
