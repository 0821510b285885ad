#include "services/kube-adapter/kube/api_error.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "libs/status/status.h"

namespace eventreactor::kube {
namespace {

using testing::HasSubstr;
using Code = absl::StatusCode;

std::string Body(const std::string& reason, const std::string& more = "") {
  return R"({"kind":"Status","reason":")" + reason + R"(","message":"words")" + more + "}";
}

TEST(ApiError, HasACanonicalCodeAndTheServersReason) {
  struct Case {
    int code;
    std::string reason;
    Code canonical;
    std::string told;
  };
  const Case cases[] = {
      {400, "BadRequest", Code::kInvalidArgument, "BAD_REQUEST"},
      {401, "Unauthorized", Code::kUnauthenticated, "UNAUTHORIZED"},
      {403, "Forbidden", Code::kPermissionDenied, "FORBIDDEN"},
      {404, "NotFound", Code::kNotFound, "NOT_FOUND"},
      {405, "MethodNotAllowed", Code::kUnimplemented, "METHOD_NOT_ALLOWED"},
      {409, "AlreadyExists", Code::kAlreadyExists, "ALREADY_EXISTS"},
      {409, "Conflict", Code::kAborted, "CONFLICT"},
      {410, "Expired", Code::kOutOfRange, "EXPIRED"},
      {410, "Gone", Code::kOutOfRange, "GONE"},
      {413, "RequestEntityTooLarge", Code::kResourceExhausted, "REQUEST_ENTITY_TOO_LARGE"},
      {415, "UnsupportedMediaType", Code::kUnimplemented, "UNSUPPORTED_MEDIA_TYPE"},
      {422, "Invalid", Code::kInvalidArgument, "INVALID"},
      {429, "TooManyRequests", Code::kUnavailable, "TOO_MANY_REQUESTS"},
      {500, "InternalError", Code::kUnavailable, "INTERNAL_ERROR"},
      {503, "ServiceUnavailable", Code::kUnavailable, "SERVICE_UNAVAILABLE"},
      {504, "Timeout", Code::kUnavailable, "TIMEOUT"},
      {302, "", Code::kInternal, "UNEXPECTED_ANSWER"},
  };
  for (const Case& c : cases) {
    const absl::Status status = ToStatus(ParseApiError(c.code, Body(c.reason)), "GET /x");
    EXPECT_EQ(status.code(), c.canonical) << c.code << c.reason;
    EXPECT_EQ(Reason(status), c.told);
    EXPECT_THAT(Message(status), HasSubstr("GET /x: words"));
  }
}

TEST(ApiError, KeepsTheDetails) {
  const absl::Status status = ToStatus(
      ParseApiError(
          422, Body("Invalid", R"(,"details":{"name":"a","group":"x.io","kind":"widgets",)"
                               R"("uid":"u","retryAfterSeconds":3,"causes":[)"
                               R"({"reason":"FieldValueInvalid","message":"m","field":"spec.n"},)"
                               R"({"field":"spec.o"}]})")),
      "POST /x");
  EXPECT_EQ(Field(status), "spec.n");
  const auto error = ApiErrorOf(status);
  ASSERT_TRUE(error);
  EXPECT_EQ(error->code, 422);
  EXPECT_EQ(error->reason, "Invalid");
  EXPECT_EQ(error->message, "words");
  EXPECT_EQ(error->name, "a");
  EXPECT_EQ(error->group, "x.io");
  EXPECT_EQ(error->kind, "widgets");
  EXPECT_EQ(error->uid, "u");
  ASSERT_EQ(error->causes.size(), 2U);
  EXPECT_EQ(error->causes[0].message, "m");
  EXPECT_EQ(error->causes[1].field, "spec.o");
  EXPECT_EQ(RetryAfter(status), absl::Seconds(3));
}

TEST(ApiError, TakesTheHeaderForWhenToComeAgain) {
  EXPECT_EQ(ParseApiError(429, "", "7").retry_after, absl::Seconds(7));
  for (const char* odd : {"", "-1", "soon", "Wed, 21 Oct 2026 07:28:00 GMT"}) {
    EXPECT_EQ(ParseApiError(429, "", odd).retry_after, absl::ZeroDuration()) << odd;
  }
  EXPECT_EQ(ParseApiError(429, "", "999999999").retry_after, absl::Minutes(10)) << "bounded";
}

TEST(ApiError, TakesAnyBody) {
  for (const std::string& body :
       {std::string(), std::string("<html>"), std::string("{"), std::string("[]"),
        std::string(R"({"kind":"Status","details":7,"message":[]})"),
        std::string(R"({"kind":"Status","details":{"causes":[7,null,{}]}})"),
        std::string("\xff\xfe"), std::string(100'000, '[')}) {
    const absl::Status status = ToStatus(ParseApiError(503, body), "GET /x");
    EXPECT_TRUE(absl::IsUnavailable(status)) << body.substr(0, 64);
    EXPECT_LT(Message(status).size(), 5000U);
    EXPECT_TRUE(ApiErrorOf(status).has_value());
  }
  EXPECT_EQ(Message(ToStatus(ParseApiError(503, "starting\n"), "GET /x")),
            "GET /x: starting (HTTP 503)");
}

TEST(ApiError, IsNotInOtherStatuses) {
  EXPECT_FALSE(ApiErrorOf(absl::UnavailableError("x")).has_value());
  EXPECT_EQ(RetryAfter(absl::OkStatus()), absl::ZeroDuration());
}

TEST(ApiError, TellsWhyNothingCanBeMadeInANamespace) {
  const absl::Status terminating =
      ToStatus(ParseApiError(403, Body("Forbidden", R"(,"details":{"causes":[)"
                                                    R"({"reason":"NamespaceTerminating"}]})")),
               "POST /x");
  EXPECT_TRUE(IsNamespaceTerminating(terminating));
  EXPECT_FALSE(IsQuotaExceeded(terminating));
  const absl::Status quota =
      ToStatus(ParseApiError(403, R"({"kind":"Status","reason":"Forbidden","message":)"
                                  R"("pods \"a\" is forbidden: exceeded quota: q, requested"})"),
               "POST /x");
  EXPECT_TRUE(IsQuotaExceeded(quota));
  EXPECT_FALSE(IsNamespaceTerminating(quota));
}

}  // namespace
}  // namespace eventreactor::kube
