#include "services/ingest/problem.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "libs/status/status.h"

namespace eventreactor::ingest {
namespace {

using ::testing::Contains;
using ::testing::IsEmpty;
using ::testing::Key;
using ::testing::Pair;

int StatusFor(absl::StatusCode code, const std::string& reason) {
  return HttpStatus(MakeStatus(code, reason, "m"));
}

TEST(HttpStatus, FollowsTheReasonThenTheCode) {
  using absl::StatusCode;
  EXPECT_EQ(StatusFor(StatusCode::kInvalidArgument, "INVALID_FIELD"), 400);
  EXPECT_EQ(StatusFor(StatusCode::kUnauthenticated, "TOKEN_MISSING"), 401);
  EXPECT_EQ(StatusFor(StatusCode::kNotFound, kNoSuchPath), 404);
  EXPECT_EQ(StatusFor(StatusCode::kUnimplemented, kMethodNotAllowed), 405);
  EXPECT_EQ(StatusFor(StatusCode::kOutOfRange, "DATA_TOO_LARGE"), 413);
  EXPECT_EQ(StatusFor(StatusCode::kInvalidArgument, "MESSAGE_TOO_LARGE"), 413);
  EXPECT_EQ(StatusFor(StatusCode::kInvalidArgument, "UNSUPPORTED_CONTENT_TYPE"), 415);
  EXPECT_EQ(StatusFor(StatusCode::kUnavailable, "BUS_DOWN"), 503);
  EXPECT_EQ(StatusFor(StatusCode::kResourceExhausted, "BUS_FULL"), 503);
  EXPECT_EQ(StatusFor(StatusCode::kInternal, "X"), 500);
}

TEST(ProblemResponse, NamesTheFieldAndTheFault) {
  const HttpResponse response = ProblemResponse(InvalidField("time", "is wrong"));
  EXPECT_EQ(response.status, 400);
  EXPECT_EQ(response.content_type, "application/problem+json");
  EXPECT_EQ(nlohmann::json::parse(response.body), nlohmann::json::parse(R"({
    "type": "about:blank", "title": "Bad Request", "status": 400, "detail": "time: is wrong",
    "reason": "INVALID_FIELD", "field": "time"})"));
  EXPECT_THAT(response.headers, IsEmpty());
}

TEST(ProblemResponse, HasNoFieldWhereNoneIsToBlame) {
  const HttpResponse response =
      ProblemResponse(MakeStatus(absl::StatusCode::kUnavailable, "BUS_DOWN", "down"));
  EXPECT_FALSE(nlohmann::json::parse(response.body).contains("field"));
}

TEST(ProblemResponse, SaysWhenToComeBackAndHowToAuthenticate) {
  EXPECT_THAT(
      ProblemResponse(MakeStatus(absl::StatusCode::kUnavailable, "BUS_DOWN", "down")).headers,
      Contains(Key("Retry-After")));
  EXPECT_THAT(
      ProblemResponse(MakeStatus(absl::StatusCode::kUnauthenticated, "TOKEN_MISSING", "m")).headers,
      Contains(Pair("WWW-Authenticate", "Bearer")));
}

TEST(ProblemResponse, StandsWhateverAMessageQuotes) {
  const HttpResponse response = ProblemResponse(InvalidField("id", "is \xFF \"\n"));
  EXPECT_EQ(nlohmann::json::parse(response.body)["detail"], "id: is \xEF\xBF\xBD \"\n");
}

}  // namespace
}  // namespace eventreactor::ingest
