// The client against a real kube-apiserver, over TLS and HTTP/2.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <atomic>
#include <functional>
#include <memory>
#include <nlohmann/json.hpp>
#include <set>
#include <thread>

#include "absl/time/clock.h"
#include "libs/status/status.h"
#include "services/kube-adapter/kube/api.h"
#include "services/kube-adapter/kube/api_error.h"
#include "services/kube-adapter/kube/cache.h"
#include "services/kube-adapter/kube/conflict.h"
#include "services/kube-adapter/kube/json_text.h"
#include "services/kube-adapter/kube/lease.h"
#include "services/kube-adapter/kube/recorder.h"
#include "services/kube-adapter/kube/reflector.h"
#include "services/kube-adapter/kube/stream_reader.h"
#include "services/kube-adapter/kube/testing/real_api_server.h"

namespace eventreactor::kube {
namespace {

using nlohmann::json;
using testing::HasSubstr;

constexpr absl::Duration kLong = absl::Seconds(60);
const Resource kConfigMaps{"", "v1", "configmaps", "ConfigMap"};

class KubeRealTest : public testing::Test {
 protected:
  static void SetUpTestSuite() {
    auto server = RealApiServer::Start();
    ASSERT_TRUE(server.ok()) << "no Kubernetes to test with: " << Message(server.status());
    server_ = server->release();
  }
  static void TearDownTestSuite() {
    delete server_;
    server_ = nullptr;
  }
  void SetUp() override {
    ASSERT_NE(server_, nullptr) << "no Kubernetes to test with";
    client_ = Connect(Admin());
    api_ = std::make_unique<Api>(*client_);
    // Each test has its namespace.
    static int count = 0;
    ns_ = "t" + std::to_string(++count);
    const auto made = api_->Create(
        Namespaces(), {{"apiVersion", "v1"}, {"kind", "Namespace"}, {"metadata", {{"name", ns_}}}});
    ASSERT_TRUE(made.ok()) << made.status();
  }
  static Config Admin() {
    auto config = LoadKubeconfig(server_->kubeconfig());
    EXPECT_TRUE(config.ok()) << config.status();
    return config.value_or(PlainConfig("http://127.0.0.1:1"));
  }
  static std::unique_ptr<Client> Connect(const Config& config, const ClientOptions& options = {}) {
    auto client = Client::Create(config, options);
    EXPECT_TRUE(client.ok()) << client.status();
    return *std::move(client);
  }
  static absl::Status Version(const Config& config) {
    ClientOptions options;
    options.max_attempts = 2;
    Request request;
    request.target = "/api/v1/nodes";
    return Connect(config, options)->Do(request).status();
  }
  json Map(const std::string& name, const std::string& value = "x") const {
    return {{"apiVersion", "v1"},
            {"kind", "ConfigMap"},
            {"metadata", {{"name", name}, {"namespace", ns_}}},
            {"data", {{"key", value}}}};
  }
  json Pod(const std::string& name) const {
    return {{"apiVersion", "v1"},
            {"kind", "Pod"},
            {"metadata", {{"name", name}, {"namespace", ns_}}},
            {"spec", {{"containers", {{{"name", "c"}, {"image", "i"}}}}}}};
  }
  // Creates so many at once; the number that were created.
  int MakeMany(int count) {
    std::atomic<int> good{0};
    std::atomic<int> answered{0};
    for (int i = 0; i < count; ++i) {
      const json map = Map("m" + std::to_string(i));
      client_->Send(CreateRequest(kConfigMaps, {ns_, ""}, map.dump()),
                    [&](const absl::StatusOr<Response>& answer) {
                      EXPECT_TRUE(answer.ok()) << answer.status();
                      good += answer.ok() ? 1 : 0;
                      ++answered;
                    });
    }
    Await([&] { return answered == count; });
    return good;
  }
  static void Await(const std::function<bool()>& holds) {
    const absl::Time end = absl::Now() + kLong;
    while (!holds()) {
      ASSERT_LT(absl::Now(), end) << "it did not come to pass";
      absl::SleepFor(absl::Milliseconds(5));
    }
  }

  static RealApiServer* server_;
  std::unique_ptr<Client> client_;
  std::unique_ptr<Api> api_;
  std::string ns_;
};

RealApiServer* KubeRealTest::server_ = nullptr;

TEST_F(KubeRealTest, CreatesAThousandAtOnceOverFewConnectionsAndListsThemInPages) {
  EXPECT_EQ(MakeMany(1000), 1000);
  EXPECT_LE(client_->metrics().connects, 4U) << "HTTP/2 needs no more";
  std::set<std::string> names;
  const auto listed = api_->ListAll(
      kConfigMaps, ns_, {.limit = 150}, [&] { names.clear(); },
      [&](json&& map) {
        EXPECT_EQ(map["kind"], "ConfigMap");
        names.insert(map["metadata"]["name"]);
        return absl::OkStatus();
      });
  ASSERT_TRUE(listed.ok()) << listed.status();
  EXPECT_EQ(names.size(), 1000U);
  EXPECT_TRUE(ParseVersion(listed->resource_version));
}

TEST_F(KubeRealTest, TrustsOnlyTheAuthorityItWasGiven) {
  Config config = Admin();
  EXPECT_TRUE(Version(config).ok());
  config.certificate_authority.clear();
  const absl::Status untrusted = Version(config);
  EXPECT_EQ(Reason(untrusted), "API_UNREACHABLE") << untrusted;
  EXPECT_THAT(Message(untrusted), HasSubstr("certificate"));
  config.insecure_skip_tls_verify = true;
  EXPECT_TRUE(Version(config).ok());
}

TEST_F(KubeRealTest, ExpectsTheNameItWasTold) {
  Config config = Admin();
  config.tls_server_name = "kubernetes.default.svc";
  EXPECT_TRUE(Version(config).ok()) << Version(config);
  config.tls_server_name = "somebody.else";
  EXPECT_EQ(Reason(Version(config)), "API_UNREACHABLE");
}

TEST_F(KubeRealTest, IsWhoItsCredentialSays) {
  Config config = Admin();
  config.credentials = TokenFile(server_->token_file());
  EXPECT_TRUE(Version(config).ok()) << Version(config);
  config.credentials = FixedCredential({.token = "nobody"});
  EXPECT_TRUE(absl::IsUnauthenticated(Version(config))) << Version(config);
  config.credentials = FixedCredential({});
  const absl::Status anonymous = Version(config);
  EXPECT_TRUE(absl::IsPermissionDenied(anonymous)) << anonymous;
  EXPECT_THAT(Message(anonymous), HasSubstr("system:anonymous"));
}

TEST_F(KubeRealTest, TellsWhatTheServerRefuses) {
  ASSERT_TRUE(api_->Create(kConfigMaps, Map("a")).ok());
  EXPECT_TRUE(absl::IsAlreadyExists(api_->Create(kConfigMaps, Map("a")).status()));
  EXPECT_TRUE(absl::IsNotFound(api_->Get(kConfigMaps, {ns_, "none"}).status()));
  const absl::Status invalid =
      api_->Create(Pods(), {{"apiVersion", "v1"},
                            {"kind", "Pod"},
                            {"metadata", {{"name", "p"}, {"namespace", ns_}}},
                            {"spec", json::object()}})
          .status();
  EXPECT_TRUE(absl::IsInvalidArgument(invalid)) << invalid;
  EXPECT_EQ(Field(invalid), "spec.containers");
  EXPECT_EQ(ApiErrorOf(invalid)->causes.front().reason, "FieldValueRequired");
  json typo = Map("b");
  typo["dat"] = json::object();
  const absl::Status strict = api_->Create(kConfigMaps, typo, {.strict_fields = true}).status();
  EXPECT_TRUE(absl::IsInvalidArgument(strict)) << strict;
  EXPECT_THAT(Message(strict), HasSubstr("dat"));
}

TEST_F(KubeRealTest, WritesOnConditionsAndTriesAgainOnAConflict) {
  const auto made = api_->Create(kConfigMaps, Map("a"));
  ASSERT_TRUE(made.ok()) << made.status();
  json mine = *made;
  mine["data"]["key"] = "y";
  ASSERT_TRUE(api_->Update(kConfigMaps, mine).ok());
  EXPECT_TRUE(absl::IsAborted(api_->Update(kConfigMaps, mine).status()));
  // Ten that count up together lose no step.
  std::vector<std::jthread> counters;
  counters.reserve(10);
  for (int i = 0; i < 10; ++i) {
    counters.emplace_back([&] {
      const absl::Status status = RetryOnConflict(
          [&]() -> absl::Status {
            auto map = api_->Get(kConfigMaps, {ns_, "a"});
            if (!map.ok()) return map.status();
            (*map)["data"]["n"] = StringAt((*map)["data"], "n") + "1";
            return api_->Update(kConfigMaps, *map).status();
          },
          {.max_attempts = 100});
      EXPECT_TRUE(status.ok()) << status;
    });
  }
  counters.clear();
  EXPECT_EQ((*api_->Get(kConfigMaps, {ns_, "a"}))["data"]["n"], "1111111111");
  EXPECT_TRUE(absl::IsAborted(api_->Delete(kConfigMaps, {ns_, "a"}, {.uid = "another"}).status()));
  EXPECT_TRUE(
      api_->Delete(kConfigMaps, {ns_, "a"}, {.uid = StringAt((*made)["metadata"], "uid")}).ok());
}

TEST_F(KubeRealTest, AppliesOnTheServerSide) {
  const auto apply = [&](const std::string& manager, const std::string& value, bool force) {
    return api_->Patch(kConfigMaps, {ns_, "a"}, PatchType::kApply, Map("a", value),
                       {.write = {.field_manager = manager}, .force = force});
  };
  ASSERT_TRUE(apply("one", "1", false).ok());
  const absl::Status conflict = apply("two", "2", false).status();
  EXPECT_TRUE(absl::IsAborted(conflict)) << conflict;
  EXPECT_EQ(ApiErrorOf(conflict)->causes.front().reason, "FieldManagerConflict");
  EXPECT_EQ((*apply("two", "2", true))["data"]["key"], "2");
}

TEST_F(KubeRealTest, PatchesAndWritesStatusApart) {
  const auto made = api_->Create(Pods(), Pod("p"));
  ASSERT_TRUE(made.ok()) << made.status();
  json pod = *made;
  pod["status"]["message"] = "seen";
  const auto updated = api_->UpdateStatus(Pods(), pod);
  ASSERT_TRUE(updated.ok()) << updated.status();
  EXPECT_EQ((*updated)["status"]["message"], "seen");
  const auto merged = api_->Patch(Pods(), {ns_, "p"}, PatchType::kMerge,
                                  {{"metadata", {{"labels", {{"l", "1"}}}}}});
  ASSERT_TRUE(merged.ok()) << merged.status();
  EXPECT_EQ((*merged)["metadata"]["labels"]["l"], "1");
  EXPECT_EQ((*merged)["status"]["message"], "seen");
}

TEST_F(KubeRealTest, SaysWhyThereIsNoLog) {
  ASSERT_TRUE(api_->Create(Pods(), Pod("p")).ok());
  StreamReader reader(*client_, LogRequest({ns_, "p"}, {.container = "other", .follow = true}));
  const absl::Status status = reader.Read(kLong).status();
  EXPECT_TRUE(absl::IsInvalidArgument(status)) << status;
  EXPECT_THAT(Message(status), HasSubstr("container other is not valid for pod p"));
}

TEST_F(KubeRealTest, TellsAVersionThatIsTooOld) {
  ASSERT_EQ(MakeMany(10), 10);
  // It begins with what is there now.
  ASSERT_TRUE(server_->Run("restart apiserver").ok());
  StreamReader reader(*client_, WatchRequest(kConfigMaps, ns_, {.resource_version = "1"}));
  WatchDecoder decoder;
  absl::Status status;
  while (status.ok()) {
    const auto piece = reader.Read(kLong);
    status = piece.ok() ? decoder.Feed(piece->bytes, [](WatchEvent&&) { return absl::OkStatus(); })
                        : piece.status();
    if (piece.ok() && piece->ended) break;
  }
  EXPECT_TRUE(absl::IsOutOfRange(status)) << status;
}

// A cache of one namespace's ConfigMaps.
struct Maps {
  Maps(Client& client, const std::string& ns)
      : cache(MetadataCacheOptions()),
        reflector(client,
                  {.resource = kConfigMaps,
                   .ns = ns,
                   .metadata_only = true,
                   .page = 100,
                   .backoff = {.first = absl::Milliseconds(50), .longest = absl::Seconds(1)}},
                  cache) {
    reflector.Start();
  }
  // Declared first: the reflector fills it until it stops.
  MetadataCache cache;
  Reflector reflector;
};

TEST_F(KubeRealTest, MirrorsAKindThroughAKilledServer) {
  Maps maps(*client_, ns_);
  ASSERT_TRUE(maps.cache.WaitForSync(kLong));
  ASSERT_EQ(MakeMany(100), 100);
  Await([&] { return maps.cache.size() >= 100; });
  ASSERT_TRUE(server_->Run("restart apiserver --kill").ok());
  for (int i = 0; i < 50; ++i) {
    const absl::Status gone = api_->Delete(kConfigMaps, {ns_, "m" + std::to_string(i)}).status();
    EXPECT_TRUE(gone.ok() || absl::IsNotFound(gone)) << gone;
  }
  const auto last = api_->Create(kConfigMaps, Map("last"));
  ASSERT_TRUE(last.ok()) << last.status();
  ASSERT_TRUE(maps.cache.WaitForVersion(*DecodeVersion(*last), kLong)) << maps.cache.health();
  EXPECT_EQ(maps.cache.List(ns_).size(), 51U);
}

TEST_F(KubeRealTest, WaitsForAServerThatHasLostItsStore) {
  ASSERT_TRUE(server_->Run("stop etcd").ok());
  Request request = CreateRequest(kConfigMaps, {ns_, ""}, Map("a").dump());
  request.timeout = absl::Seconds(3);
  const absl::Status status = client_->Do(request).status();
  EXPECT_TRUE(absl::IsUnavailable(status)) << status;
  ASSERT_TRUE(server_->Run("start etcd").ok());
  Await([&] {
    const absl::Status made = api_->Create(kConfigMaps, Map("a")).status();
    return made.ok() || absl::IsAlreadyExists(made);
  });
}

TEST_F(KubeRealTest, HandsLeadershipOver) {
  std::atomic<bool> waits{false};
  const auto elect = [&](const std::string& identity, const LeaderCallbacks& callbacks) {
    auto elector = LeaderElector::Create(*client_, {{ns_, "leader"}, identity, {}}, callbacks);
    EXPECT_TRUE(elector.ok()) << elector.status();
    (*elector)->Start();
    return *std::move(elector);
  };
  const auto first = elect("first", {});
  Await([&] { return first->leading(); });
  LeaderCallbacks callbacks;
  callbacks.new_leader = [&](const std::string& leader) { waits = waits || leader == "first"; };
  const auto second = elect("second", callbacks);
  Await([&] { return waits.load(); });
  EXPECT_FALSE(second->leading());
  first->Stop();
  Await([&] { return second->leading(); });
  EXPECT_FALSE(first->leading());
}

TEST_F(KubeRealTest, RecordsEvents) {
  EventRecorder recorder(*client_, {.component = "tester", .instance = "tester-0"});
  const ObjectReference pod{.api_version = "v1", .kind = "Pod", .ns = ns_, .name = "p", .uid = "u"};
  for (int i = 0; i < 3; ++i) recorder.Record(pod, EventType::kWarning, "Odd", "what is that");
  ASSERT_TRUE(recorder.Flush(kLong));
  EXPECT_EQ(recorder.metrics().failed, 0U);
  std::vector<json> events;
  const auto listed =
      api_->List(Events(), ns_, {.field_selector = "involvedObject.name=p"}, [&](json&& event) {
        events.push_back(std::move(event));
        return absl::OkStatus();
      });
  ASSERT_TRUE(listed.ok()) << listed.status();
  ASSERT_EQ(events.size(), 1U);
  EXPECT_EQ(events.front()["count"], 3);
  EXPECT_EQ(events.front()["source"]["component"], "tester");
}

TEST_F(KubeRealTest, SaysThatANamespaceGoesAway) {
  ASSERT_TRUE(api_->Delete(Namespaces(), {"", ns_}).ok());
  const absl::Status status = api_->Create(kConfigMaps, Map("a")).status();
  EXPECT_TRUE(IsNamespaceTerminating(status)) << status;
}

}  // namespace
}  // namespace eventreactor::kube
