#include "services/ingest/routes.h"

#include <gtest/gtest.h>

#include "libs/status/status.h"
#include "services/ingest/problem.h"

namespace eventreactor::ingest {
namespace {

std::string ReasonOf(const std::string& method, const std::string& target) {
  const auto route = FindRoute(method, target);
  return route.ok() ? "" : Reason(route.status());
}

TEST(Routes, EventsArePostedToThreePlaces) {
  EXPECT_EQ(FindRoute("POST", "/")->ns, "");
  EXPECT_EQ(FindRoute("POST", "/api/v1alpha1/events")->ns, "");
  EXPECT_EQ(FindRoute("POST", "/api/v1alpha1/namespaces/prod/events")->ns, "prod");
  EXPECT_EQ(FindRoute("POST", "/api/v1alpha1/namespaces/prod/events")->kind, Route::Kind::kPublish);
}

TEST(Routes, HealthIsAskedByGet) {
  EXPECT_EQ(FindRoute("GET", "/healthz")->kind, Route::Kind::kHealth);
  EXPECT_EQ(FindRoute("GET", "/readyz")->kind, Route::Kind::kReady);
}

TEST(Routes, OptionsAreAskedOfEachPathAndOfTheServer) {
  for (const char* path : {"*", "/", "/healthz", "/api/v1alpha1/namespaces/a/events"}) {
    EXPECT_EQ(FindRoute("OPTIONS", path)->kind, Route::Kind::kOptions) << path;
  }
  EXPECT_EQ(ReasonOf("OPTIONS", "/x"), kNoSuchPath);
  EXPECT_EQ(FindRoute("HEAD", "/readyz")->kind, Route::Kind::kReady);
  EXPECT_EQ(ReasonOf("HEAD", "/"), kMethodNotAllowed);
}

TEST(Routes, QueryAndAbsoluteFormDoNotMatter) {
  EXPECT_EQ(ReasonOf("POST", "/?a=b"), "");
  EXPECT_EQ(ReasonOf("POST", "http://example.com"), "");
  EXPECT_EQ(ReasonOf("POST", "http://example.com?a=/b"), "");
  EXPECT_EQ(FindRoute("POST", "http://h:1/api/v1alpha1/namespaces/a/events?x")->ns, "a");
}

TEST(Routes, OtherPathsAreNotThere) {
  for (const char* path :
       {"/x", "//", "/events", "/api/v1alpha1/events/", "/api/v1alpha1/namespaces",
        "/api/v1alpha1/namespaces/events", "/api/v1alpha1/namespaces//events",
        "/api/v1alpha1/namespaces/a/b/events", "/api/v1alpha1/namespaces/a", "", "/HEALTHZ",
        "/healthz/"}) {
    EXPECT_EQ(ReasonOf("POST", path), kNoSuchPath) << path;
    EXPECT_EQ(AllowedMethods(path), "") << path;
  }
}

TEST(Routes, OtherMethodsAreToldTheRightOne) {
  EXPECT_EQ(ReasonOf("GET", "/"), kMethodNotAllowed);
  EXPECT_EQ(ReasonOf("post", "/"), kMethodNotAllowed) << "methods are case-sensitive";
  EXPECT_EQ(AllowedMethods("/"), "POST, OPTIONS");
  EXPECT_EQ(ReasonOf("POST", "/healthz"), kMethodNotAllowed);
  EXPECT_EQ(AllowedMethods("/healthz?x"), "GET, HEAD, OPTIONS");
}

}  // namespace
}  // namespace eventreactor::ingest
