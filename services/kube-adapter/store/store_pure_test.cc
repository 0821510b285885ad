#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "libs/status/status.h"
#include "services/kube-adapter/kube/api_error.h"
#include "services/kube-adapter/store/selectors.h"
#include "services/kube-adapter/store/store_errors.h"

namespace eventreactor::kube {
namespace {

using nlohmann::json;
using testing::HasSubstr;

absl::Status Answer(int code, const std::string& reason, const std::string& message,
                    const json& details = json::object()) {
  const json body = {
      {"kind", "Status"}, {"reason", reason}, {"message", message}, {"details", details}};
  return ToStoreError(ToStatus(ParseApiError(code, body.dump()), "GET /x"), ActionKind(),
                      {"ns", "a"});
}

TEST(StoreErrorsTest, SpeaksTheStoresLanguage) {
  const struct {
    int code;
    const char* reason;
    const char* message;
    json details;
    absl::StatusCode want_code;
    const char* want_reason;
  } cases[] = {
      {404,
       "NotFound",
       "actions.x \"a\" not found",
       {{"kind", "actions"}, {"name", "a"}},
       absl::StatusCode::kNotFound,
       "ACTION_NOT_FOUND"},
      {404,
       "NotFound",
       "namespaces \"ns\" not found",
       {{"kind", "namespaces"}, {"name", "ns"}},
       absl::StatusCode::kNotFound,
       "NAMESPACE_NOT_FOUND"},
      {403,
       "Forbidden",
       "unable to create new content",
       {{"causes", {{{"reason", "NamespaceTerminating"}}}}},
       absl::StatusCode::kNotFound,
       "NAMESPACE_NOT_FOUND"},
      {409, "AlreadyExists", "", json::object(), absl::StatusCode::kAlreadyExists, "NAME_TAKEN"},
      {409, "Conflict", "", json::object(), absl::StatusCode::kAborted, "CONFLICT"},
      {410, "Expired", "", json::object(), absl::StatusCode::kOutOfRange, "VERSION_EXPIRED"},
      {500, "", "etcdserver: request is too large", json::object(), absl::StatusCode::kOutOfRange,
       "OBJECT_TOO_LARGE"},
      {500, "", "trying to send message larger than max (6291883 vs. 2097152)", json::object(),
       absl::StatusCode::kOutOfRange, "OBJECT_TOO_LARGE"},
      {413, "RequestEntityTooLarge", "", json::object(), absl::StatusCode::kOutOfRange,
       "OBJECT_TOO_LARGE"},
      {403, "Forbidden", "exceeded quota: q", json::object(), absl::StatusCode::kResourceExhausted,
       "QUOTA_EXCEEDED"},
      {403, "Forbidden", "actions.x is forbidden: User \"u\" cannot list resource \"actions\"",
       json::object(), absl::StatusCode::kUnavailable, "NOT_PERMITTED"},
      {403, "Forbidden", "policy says no", json::object(), absl::StatusCode::kPermissionDenied,
       "FORBIDDEN"},
      {422, "Invalid", "", json::object(), absl::StatusCode::kInvalidArgument, "INVALID"},
      {503, "ServiceUnavailable", "", json::object(), absl::StatusCode::kUnavailable,
       "SERVICE_UNAVAILABLE"},
  };
  for (const auto& c : cases) {
    const absl::Status status = Answer(c.code, c.reason, c.message, c.details);
    EXPECT_EQ(status.code(), c.want_code) << c.message << ": " << status;
    EXPECT_EQ(Reason(status), c.want_reason) << c.message;
  }
}

TEST(StoreErrorsTest, AMissingKindIsNoMissingObject) {
  const absl::Status status = ToStoreError(
      ToStatus(ParseApiError(404, "404 page not found\n"), "GET /x"), ActionKind(), {"ns", "a"});
  EXPECT_TRUE(absl::IsUnavailable(status)) << status;
  EXPECT_EQ(Reason(status), "KIND_NOT_INSTALLED");
  EXPECT_THAT(Message(status), HasSubstr("deploy/crds"));
}

TEST(StoreErrorsTest, WhatDidNotComeFromTheServerStaysAsItIs) {
  EXPECT_TRUE(ToStoreError(absl::OkStatus(), ActionKind(), {}).ok());
  const absl::Status lost = MakeStatus(absl::StatusCode::kUnavailable, "API_UNREACHABLE", "x");
  EXPECT_EQ(ToStoreError(lost, ActionKind(), {}), lost);
}

TEST(SelectorsTest, AsksForWhatTheQueryWants) {
  ListQuery query;
  EXPECT_EQ(FieldSelector(query), "");
  query.pipeline = "p";
  query.event = "e";
  query.unfinished = true;
  query.undispatched = true;
  EXPECT_EQ(FieldSelector(query),
            "spec.pipeline.name=p,spec.event.name=e,status.completion=,status.dispatchTime=");
  WatchQuery watch;
  EXPECT_EQ(FieldSelector(watch), "");
  watch.name = "a";
  EXPECT_EQ(FieldSelector(watch), "metadata.name=a");
}

TEST(SelectorsTest, AValueCannotBecomeASelectorOfItsOwn) {
  ListQuery query;
  query.event_type = R"(a,spec.id=b\)";
  EXPECT_EQ(FieldSelector(query), R"(spec.type=a\,spec.id\=b\\)");
}

}  // namespace
}  // namespace eventreactor::kube
