#include "services/ingest/event_handler.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <future>
#include <nlohmann/json.hpp>

#include "libs/bus/fake_bus.h"
#include "libs/domain/naming.h"
#include "libs/status/status.h"
#include "services/ingest/http_server.h"
#include "services/ingest/metric_value.h"
#include "services/ingest/raw_client.h"

namespace eventreactor::ingest {
namespace {

using nlohmann::json;
using ::testing::Contains;
using ::testing::Key;
using ::testing::Pair;

constexpr size_t kMaxData = 1000;

HttpHead Head(const std::string& target = "/", HttpHeaders more = {}) {
  HttpHead head{"POST",
                target,
                {{"ce-specversion", "1.0"}, {"ce-id", "1"}, {"ce-source", "/s"}, {"ce-type", "t"}},
                ""};
  head.headers.insert(head.headers.end(), more.begin(), more.end());
  return head;
}

HttpHead StructuredHead() {
  return {"POST", "/", {{"Content-Type", "application/cloudevents+json"}}, ""};
}

class EventHandlerTest : public ::testing::Test {
 protected:
  explicit EventHandlerTest(const std::string& token = "")
      : handler_({token, kMaxData, 3, 4000, [this] { return ready_; }}, acceptor_, metrics_) {}

  HttpResponse Ask(const HttpHead& head, const std::string& body = "") {
    HttpAdmission admission = handler_.Admit(head);
    if (admission.refusal) return *admission.refusal;
    std::promise<HttpResponse> answer;
    handler_.Handle(head, body,
                    [&](HttpResponse response) { answer.set_value(std::move(response)); });
    return answer.get_future().get();
  }
  static json Body(const HttpResponse& response) { return json::parse(response.body); }

  absl::Status ready_;
  prometheus::Registry registry_;
  Metrics metrics_{registry_};
  bus::FakeBus bus_;
  Acceptor acceptor_{{"default", {.max_data = kMaxData}, absl::Seconds(5)}, bus_, metrics_};
  EventHandler handler_;
};

TEST_F(EventHandlerTest, AnAcceptedEventIs202WithItsName) {
  const HttpResponse response = Ask(Head(), "data");
  EXPECT_EQ(response.status, 202);
  EXPECT_EQ(response.content_type, "application/json");
  EXPECT_EQ(Body(response), (json{{"namespace", "default"},
                                  {"name", EventName("default", "/s", "1")},
                                  {"duplicate", false}}));
  EXPECT_EQ(Body(Ask(Head(), "data"))["duplicate"], true);
  EXPECT_EQ(bus_.Stored(bus::kEvents)[0].message.payload, "data");
}

TEST_F(EventHandlerTest, TheNamespaceComesFromThePath) {
  EXPECT_EQ(Body(Ask(Head("/api/v1alpha1/namespaces/prod/events")))["namespace"], "prod");
  const HttpResponse bad = Ask(Head("/api/v1alpha1/namespaces/Prod/events"));
  EXPECT_EQ(bad.status, 400);
  EXPECT_EQ(Body(bad)["field"], "namespace");
}

TEST_F(EventHandlerTest, StructuredEventsAreAccepted) {
  const HttpResponse response = Ask(
      StructuredHead(), R"({"specversion":"1.0","id":"1","source":"/s","type":"t","data":[1, 2]})");
  EXPECT_EQ(response.status, 202);
  EXPECT_EQ(bus_.Stored(bus::kEvents)[0].message.payload, "[1, 2]");
}

TEST_F(EventHandlerTest, FaultsNameTheAttribute) {
  const HttpResponse response = Ask(Head("/", {{"ce-time", "now"}}));
  EXPECT_EQ(response.status, 400);
  EXPECT_EQ(Body(response)["field"], "time");
  EXPECT_EQ(Ask(Head("/", {{"content-type", "application/cloudevents+xml"}})).status, 415);
  EXPECT_EQ(Body(Ask(StructuredHead(), "{"))["field"], "body");
}

TEST_F(EventHandlerTest, BodiesMayBeLargerThanDataOnlyWhereTheyAreStructured) {
  EXPECT_EQ(handler_.Admit(Head()).max_body, kMaxData);
  EXPECT_EQ(handler_.Admit(StructuredHead()).max_body, MaxBodyBytes(kMaxData));
  const std::string body = R"({"specversion":"1.0","id":"1","source":"/s","type":"t","data":")" +
                           std::string(kMaxData, 'a') + "\"}";
  const HttpResponse response = Ask(StructuredHead(), body);
  EXPECT_EQ(response.status, 413);
  EXPECT_EQ(Body(response)["reason"], "DATA_TOO_LARGE");
}

HttpHead BatchHead() {
  return {"POST", "/", {{"Content-Type", "application/cloudevents-batch+json"}}, "192.0.2.1"};
}

std::string EventOfBatch(const std::string& id, const std::string& more = "") {
  return R"({"specversion":"1.0","source":"/s","type":"t","id":")" + id + "\"" + more + "}";
}

TEST_F(EventHandlerTest, ABatchHasAResultForEachEvent) {
  const HttpResponse response = Ask(BatchHead(), "[" + EventOfBatch("1") + "," + EventOfBatch("2") +
                                                     "," + EventOfBatch("1") + "]");
  EXPECT_EQ(response.status, 202);
  EXPECT_EQ(response.content_type, "application/json");
  const json body = Body(response);
  EXPECT_EQ(body["accepted"], 3);
  EXPECT_EQ(body["refused"], 0);
  EXPECT_EQ(body["results"][1], (json{{"index", 1},
                                      {"namespace", "default"},
                                      {"name", EventName("default", "/s", "2")},
                                      {"duplicate", false}}));
  EXPECT_EQ(body["results"][2]["duplicate"], true);
  EXPECT_EQ(bus_.Stored(bus::kEvents).size(), 2U);
}

TEST_F(EventHandlerTest, ABadEventMakesTheBatchAnErrorThatHidesNoAcceptedOne) {
  const HttpResponse response = Ask(
      BatchHead(), "[" + EventOfBatch("1") + "," + EventOfBatch("2", R"(,"time":"now")") + ",7]");
  EXPECT_EQ(response.status, 400);
  EXPECT_EQ(response.content_type, "application/problem+json");
  const json body = Body(response);
  EXPECT_EQ(body["reason"], "BATCH_INCOMPLETE");
  EXPECT_EQ(body["accepted"], 1);
  EXPECT_EQ(body["refused"], 2);
  EXPECT_EQ(body["results"][0]["name"], EventName("default", "/s", "1"));
  EXPECT_EQ(body["results"][1]["problem"]["field"], "time");
  EXPECT_EQ(body["results"][2]["problem"]["status"], 400);
  EXPECT_EQ(bus_.Stored(bus::kEvents).size(), 1U);
}

TEST_F(EventHandlerTest, ABatchThatMayPassLaterIs503) {
  bus_.SetConnected(false);
  const HttpResponse response = Ask(BatchHead(), "[" + EventOfBatch("1") + ",7]");
  EXPECT_EQ(response.status, 503);
  EXPECT_THAT(response.headers, Contains(Key("Retry-After")));
  EXPECT_EQ(Body(response)["accepted"], 0);
}

TEST_F(EventHandlerTest, ABatchIsBoundAndMayBeEmpty) {
  EXPECT_EQ(handler_.Admit(BatchHead()).max_body, 4000U);
  EXPECT_EQ(Ask(BatchHead(), "[]").status, 202);
  EXPECT_EQ(Ask(BatchHead(), "[1,2,3,4]").status, 413);
  EXPECT_EQ(Ask(BatchHead(), "{}").status, 400);
  HttpHead bad = BatchHead();
  bad.target = "/api/v1alpha1/namespaces/Bad/events";
  EXPECT_EQ(Body(Ask(bad, "[]"))["field"], "namespace");
}

TEST_F(EventHandlerTest, AnUnknownFormatIsToldTheKnownOnes) {
  const HttpResponse response = Ask(Head("/", {{"content-type", "application/cloudevents+xml"}}));
  EXPECT_EQ(response.status, 415);
  EXPECT_THAT(response.headers, Contains(Pair("Accept", ::testing::HasSubstr("cloudevents+json"))));
  EXPECT_THAT(Ask(Head("/", {{"content-encoding", "gzip"}})).headers,
              Contains(Pair("Accept-Encoding", "identity")));
}

TEST_F(EventHandlerTest, OptionsAreAnswered) {
  const HttpResponse response = Ask({"OPTIONS", "*", {}, ""});
  EXPECT_EQ(response.status, 200);
  EXPECT_THAT(response.headers, Contains(Key("Allow")));
}

TEST_F(EventHandlerTest, BeyondAQuotaItIs429WithATime) {
  Quotas::Options options;
  options.client.events = 0.001;
  options.burst = absl::Seconds(3000);
  Quotas quotas(options);
  Acceptor acceptor({"default", {.max_data = kMaxData}, absl::Seconds(5)}, bus_, metrics_, &quotas);
  EventHandler handler({"", kMaxData, 3, 4000, [] { return absl::OkStatus(); }}, acceptor,
                       metrics_);
  const auto ask = [&](const std::string& client, const std::string& body) {
    HttpHead head = BatchHead();
    head.client = client;
    std::promise<HttpResponse> answer;
    handler.Handle(head, body,
                   [&](HttpResponse response) { answer.set_value(std::move(response)); });
    return answer.get_future().get();
  };
  EXPECT_EQ(ask("a", "[" + EventOfBatch("1") + "," + EventOfBatch("2") + "]").status, 202);
  const HttpResponse response = ask("a", "[" + EventOfBatch("3") + "," + EventOfBatch("4") + "]");
  EXPECT_EQ(response.status, 429);
  EXPECT_THAT(response.headers, Contains(Key("Retry-After")));
  EXPECT_EQ(Body(response)["reason"], kClientQuotaExceeded);
  EXPECT_EQ(ask("b", "[" + EventOfBatch("5") + "]").status, 202);
  EXPECT_EQ(bus_.Stored(bus::kEvents).size(), 3U) << "a batch passes whole or not at all";
  EXPECT_EQ(MetricValue(registry_, "eventreactor_ingest_events_refused_total",
                        {{"protocol", "http"}, {"reason", kClientQuotaExceeded}}),
            1);
}

TEST_F(EventHandlerTest, WithoutTheBusPublishersAreToldToComeBack) {
  bus_.SetConnected(false);
  const HttpResponse down = Ask(Head());
  EXPECT_EQ(down.status, 503);
  EXPECT_THAT(down.headers, Contains(Key("Retry-After")));
  EXPECT_EQ(Body(down)["reason"], "BUS_DOWN");
  bus_.SetConnected(true);
  bus_.SetFull(bus::kEvents, true);
  EXPECT_EQ(Body(Ask(Head()))["reason"], "BUS_FULL");
}

TEST_F(EventHandlerTest, WrongPathsAndMethodsAreRefusedByTheirHead) {
  const auto refusal = [this](const HttpHead& head) {
    return handler_.Admit(head).refusal.value_or(HttpResponse());
  };
  EXPECT_EQ(refusal(Head("/x")).status, 404);
  HttpHead get = Head();
  get.method = "GET";
  EXPECT_EQ(refusal(get).status, 405);
  EXPECT_THAT(refusal(get).headers, Contains(Pair("Allow", "POST, OPTIONS")));
}

TEST_F(EventHandlerTest, ReadinessIsShownAndHealthIsToAnswer) {
  EXPECT_EQ(Ask({"GET", "/healthz", {}, ""}).status, 200);
  EXPECT_EQ(Ask({"GET", "/readyz", {}, ""}).status, 200);
  ready_ = MakeStatus(absl::StatusCode::kUnavailable, "BUS_DOWN", "no connection");
  const HttpResponse response = Ask({"GET", "/readyz", {}, ""});
  EXPECT_EQ(response.status, 503);
  EXPECT_EQ(Body(response)["detail"], "no connection");
  EXPECT_EQ(Ask({"GET", "/healthz", {}, ""}).status, 200);
}

TEST_F(EventHandlerTest, RefusalsAreCountedByReason) {
  Ask(Head("/x"));
  Ask(Head("/", {{"ce-time", "now"}}));
  Ask(StructuredHead(), "{");
  const std::string name = "eventreactor_ingest_events_refused_total";
  EXPECT_EQ(MetricValue(registry_, name, {{"protocol", "http"}, {"reason", "NO_SUCH_PATH"}}), 1);
  EXPECT_EQ(MetricValue(registry_, name, {{"protocol", "http"}, {"reason", "INVALID_FIELD"}}), 2);
}

class TokenTest : public EventHandlerTest {
 protected:
  TokenTest() : EventHandlerTest("s3cret") {}
  int WithCredentials(const std::string& value) {
    return Ask(Head("/", {{"Authorization", value}})).status;
  }
};

TEST_F(TokenTest, PublishersNeedTheToken) {
  EXPECT_EQ(WithCredentials("Bearer s3cret"), 202);
  EXPECT_EQ(WithCredentials("bearer s3cret"), 202);
  EXPECT_EQ(WithCredentials("Bearer s3cre"), 401);
  EXPECT_EQ(WithCredentials("Bearer s3cret "), 401);
  EXPECT_EQ(WithCredentials("Bearer "), 401);
  EXPECT_EQ(WithCredentials("Basic s3cret"), 401);
  EXPECT_EQ(WithCredentials(""), 401);
  EXPECT_EQ(Ask(Head("/", {{"authorization", "Bearer s3cret"}, {"Authorization", "Bearer s3cret"}}))
                .status,
            401);
  const HttpResponse none = Ask(Head());
  EXPECT_EQ(none.status, 401);
  EXPECT_THAT(none.headers, Contains(Pair("WWW-Authenticate", "Bearer")));
  EXPECT_EQ(bus_.Stored(bus::kEvents).size(), 1U);
}

TEST_F(TokenTest, HealthNeedsNone) {
  EXPECT_EQ(Ask({"GET", "/healthz", {}, ""}).status, 200);
  EXPECT_EQ(Ask({"GET", "/readyz", {}, ""}).status, 200);
}

TEST_F(EventHandlerTest, EventsComeThroughARealSocket) {
  auto server =
      HttpServer::Start("127.0.0.1:0", HttpLimits(), handler_, metrics_.http_connections());
  ASSERT_TRUE(server.ok()) << server.status();
  RawClient client((*server)->port());
  const auto request = [](int id) {
    return "POST / HTTP/1.1\r\nHost: a\r\nCE-SpecVersion: 1.0\r\nCE-ID: " + std::to_string(id) +
           "\r\nce-source: /s\r\nce-type: t\r\ncontent-type: text/plain\r\nContent-Length: "
           "2\r\n\r\nhi";
  };
  constexpr int kEvents = 100;
  for (int id = 0; id < kEvents; ++id) client.Send(request(id));
  for (int id = 0; id < kEvents; ++id) {
    const std::string response = client.ReadResponse();
    EXPECT_EQ(StatusOf(response), 202);
    EXPECT_EQ(json::parse(BodyOf(response))["name"],
              EventName("default", "/s", std::to_string(id)));
  }
  EXPECT_EQ(bus_.Stored(bus::kEvents).size(), size_t{kEvents});
  EXPECT_EQ(MetricValue(registry_, "eventreactor_ingest_http_responses_total", {{"code", "202"}}),
            kEvents);
}

}  // namespace
}  // namespace eventreactor::ingest
