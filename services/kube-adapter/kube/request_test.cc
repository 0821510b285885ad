#include "services/kube-adapter/kube/request.h"

#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "services/kube-adapter/kube/testing/fake_api_server.h"

namespace eventreactor::kube {
namespace {

using nlohmann::json;

TEST(Resource, HasAPath) {
  EXPECT_EQ(ResourcePath(Pods(), {"ns", "a"}), "/api/v1/namespaces/ns/pods/a");
  EXPECT_EQ(ResourcePath(Pods(), {"ns", "a"}, "log"), "/api/v1/namespaces/ns/pods/a/log");
  EXPECT_EQ(ResourcePath(Pods(), {"", ""}), "/api/v1/pods");
  EXPECT_EQ(ResourcePath(kWidgets, {"ns", ""}), "/apis/x.io/v1/namespaces/ns/widgets");
  EXPECT_EQ(ResourcePath(Nodes(), {"ignored", "n"}), "/api/v1/nodes/n");
}

TEST(Resource, LeavesItsPathToNoName) {
  EXPECT_EQ(ResourcePath(Pods(), {"a/b", "../c?d#e%"}),
            "/api/v1/namespaces/a%2Fb/pods/..%2Fc%3Fd%23e%25");
}

TEST(Resource, ReadsVersionsThatAreNumbers) {
  EXPECT_EQ(ParseVersion("17"), 17U);
  EXPECT_EQ(ParseVersion("18446744073709551615"), 18446744073709551615U);
  for (const char* other : {"", "0", "-1", "1x", " 1", "18446744073709551616"}) {
    EXPECT_FALSE(ParseVersion(other)) << other;
  }
}

TEST(Request, Gets) {
  const Request get = GetRequest(kWidgets, {"ns", "a"}, {.resource_version = "0"});
  EXPECT_EQ(get.method, "GET");
  EXPECT_EQ(get.target, "/apis/x.io/v1/namespaces/ns/widgets/a?resourceVersion=0");
  EXPECT_EQ(get.accept, "application/json");
  EXPECT_EQ(GetRequest(kWidgets, {"ns", "a"}, {.metadata_only = true}).accept,
            "application/json;as=PartialObjectMetadata;g=meta.k8s.io;v=v1");
}

TEST(Request, ListsPageByPage) {
  ListOptions options;
  options.label_selector = "a in (b,c)";
  options.field_selector = "status.phase!=Failed";
  options.resource_version = "7";
  options.resource_version_match = "Exact";
  options.limit = 10;
  EXPECT_EQ(ListRequest(Pods(), "", options).target,
            "/api/v1/pods?labelSelector=a%20in%20%28b%2Cc%29&fieldSelector=status.phase%21%3DFailed"
            "&resourceVersion=7&resourceVersionMatch=Exact&limit=10");
  options.continue_token = "t=";
  EXPECT_EQ(ListRequest(Pods(), "ns", options).target.find("resourceVersion"), std::string::npos);
  EXPECT_EQ(ListRequest(Pods(), "", {.limit = 0, .metadata_only = true}).accept,
            "application/json;as=PartialObjectMetadataList;g=meta.k8s.io;v=v1");
}

TEST(Request, Watches) {
  WatchOptions options;
  options.resource_version = "7";
  options.server_timeout = absl::Seconds(300);
  EXPECT_EQ(WatchRequest(Pods(), "ns", options).target,
            "/api/v1/namespaces/ns/pods?watch=true&resourceVersion=7&allowWatchBookmarks=true"
            "&timeoutSeconds=300");
}

TEST(Request, WritesUnderItsNameOrItsSubresource) {
  const Request create = CreateRequest(Pods(), {"ns", ""}, "{}", {.field_manager = "m"});
  EXPECT_EQ(create.method, "POST");
  EXPECT_EQ(create.target, "/api/v1/namespaces/ns/pods?fieldManager=m");
  EXPECT_FALSE(create.repeatable);
  const Request evict =
      CreateRequest(Pods(), {"ns", "a"}, "{}", {.subresource = "eviction", .dry_run = true});
  EXPECT_EQ(evict.target, "/api/v1/namespaces/ns/pods/a/eviction?dryRun=All");
  const Request status = UpdateStatusRequest(Pods(), {"ns", "a"}, "{}");
  EXPECT_EQ(status.method, "PUT");
  EXPECT_EQ(status.target, "/api/v1/namespaces/ns/pods/a/status");
  EXPECT_TRUE(status.repeatable) << "its version is its condition";
}

TEST(Request, PatchesInFourWays) {
  const auto patch = [](PatchType type, bool force = false) {
    return PatchRequest(Pods(), {"ns", "a"}, type, "{}",
                        {.write = {.field_manager = "m"}, .force = force});
  };
  EXPECT_EQ(patch(PatchType::kMerge).content_type, "application/merge-patch+json");
  EXPECT_EQ(patch(PatchType::kJson).content_type, "application/json-patch+json");
  EXPECT_FALSE(patch(PatchType::kJson).repeatable);
  EXPECT_EQ(patch(PatchType::kStrategic).content_type, "application/strategic-merge-patch+json");
  EXPECT_EQ(patch(PatchType::kApply, true).content_type, "application/apply-patch+yaml");
  EXPECT_EQ(patch(PatchType::kApply, true).target,
            "/api/v1/namespaces/ns/pods/a?fieldManager=m&force=true");
}

TEST(Request, DeletesOnConditions) {
  const Request plain = DeleteRequest(Pods(), {"ns", "a"});
  EXPECT_EQ(json::parse(plain.body), json({{"apiVersion", "v1"}, {"kind", "DeleteOptions"}}));
  DeleteOptions options;
  options.uid = "u";
  options.resource_version = "7";
  options.propagation_policy = "Background";
  options.grace_period_seconds = 0;
  const json body = json::parse(DeleteRequest(Pods(), {"ns", "a"}, options).body);
  EXPECT_EQ(body["preconditions"], json({{"uid", "u"}, {"resourceVersion", "7"}}));
  EXPECT_EQ(body["propagationPolicy"], "Background");
  EXPECT_EQ(body["gracePeriodSeconds"], 0);
}

TEST(Request, ReadsLogs) {
  LogOptions options;
  options.container = "c";
  options.follow = true;
  options.timestamps = true;
  options.since = absl::FromUnixMillis(1'700'000'000'500);
  options.tail_lines = 5;
  const Request request = LogRequest({"ns", "a"}, options);
  EXPECT_EQ(request.target,
            "/api/v1/namespaces/ns/pods/a/log?container=c&follow=true&timestamps=true"
            "&sinceTime=2023-11-14T22%3A13%3A20.5Z&tailLines=5");
  EXPECT_EQ(request.timeout, absl::InfiniteDuration()) << "a quiet container answers late";
}

}  // namespace
}  // namespace eventreactor::kube
