#include "services/kube-adapter/kube/client.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <atomic>
#include <nlohmann/json.hpp>
#include <thread>
#include <vector>

#include "libs/status/status.h"
#include "services/kube-adapter/kube/api_error.h"
#include "services/kube-adapter/kube/testing/fake_api_server.h"

namespace eventreactor::kube {
namespace {

using nlohmann::json;
using testing::HasSubstr;

class ClientTest : public testing::Test {
 protected:
  void Connect(ClientOptions options = {}) {
    options.backoff = {.first = absl::Milliseconds(1), .longest = absl::Milliseconds(5)};
    Connect(server_.config(), options);
  }
  void Connect(const Config& config, const ClientOptions& options) {
    auto client = Client::Create(config, options);
    ASSERT_TRUE(client.ok()) << client.status();
    client_ = *std::move(client);
  }
  void MakePod(const std::string& name) {
    const auto made = server_.Create(Pods(), {{"metadata", {{"name", name}, {"namespace", "ns"}}}});
    ASSERT_TRUE(made.ok()) << made.status();
  }
  absl::StatusOr<Response> GetPod(const std::string& name) {
    return client_->Do(GetRequest(Pods(), {"ns", name}));
  }
  static std::string PodBody(const std::string& name) {
    return json{{"apiVersion", "v1"}, {"kind", "Pod"}, {"metadata", {{"name", name}}}}.dump();
  }

  FakeApiServer server_;
  std::unique_ptr<Client> client_;
};

TEST_F(ClientTest, GetsAnObjectAndSaysWhoAsks) {
  Connect({.user_agent = "tester/1"});
  MakePod("a");
  const auto answer = GetPod("a");
  ASSERT_TRUE(answer.ok()) << answer.status();
  EXPECT_EQ(answer->code, 200);
  EXPECT_EQ(json::parse(answer->body)["metadata"]["name"], "a");
  const FakeRequest request = server_.requests().back();
  EXPECT_EQ(request.headers.at("user-agent"), "tester/1");
  EXPECT_EQ(request.headers.at("accept"), "application/json");
  EXPECT_FALSE(request.headers.contains("authorization"));
}

TEST_F(ClientTest, HasManyUnderWayAtOnceAndKeepsTheirOrder) {
  Connect();
  std::vector<Request> requests;
  for (int i = 0; i < 50; ++i) {
    if (i % 10 != 3) MakePod("pod-" + std::to_string(i));
    requests.push_back(GetRequest(Pods(), {"ns", "pod-" + std::to_string(i)}));
  }
  const auto answers = client_->DoEach(std::move(requests));
  ASSERT_EQ(answers.size(), 50U);
  for (size_t i = 0; i < answers.size(); ++i) {
    if (i % 10 == 3) {
      EXPECT_TRUE(absl::IsNotFound(answers[i].status())) << i;
    } else {
      ASSERT_TRUE(answers[i].ok()) << answers[i].status();
      EXPECT_EQ(json::parse(answers[i]->body)["metadata"]["name"], "pod-" + std::to_string(i));
    }
  }
  EXPECT_TRUE(client_->DoEach({}).empty());
}

TEST_F(ClientTest, TellsWhatTheServerRefuses) {
  Connect();
  const absl::Status status = GetPod("nobody").status();
  EXPECT_TRUE(absl::IsNotFound(status)) << status;
  EXPECT_EQ(Reason(status), "NOT_FOUND");
  EXPECT_THAT(Message(status), HasSubstr("GET /api/v1/namespaces/ns/pods/nobody"));
  const auto error = ApiErrorOf(status);
  ASSERT_TRUE(error);
  EXPECT_EQ(error->code, 404);
  EXPECT_EQ(error->name, "nobody");
}

TEST_F(ClientTest, SendsAReadAgainWhenItsConnectionWasCut) {
  Connect();
  MakePod("a");
  server_.Inject({.method = "GET", .count = 2});
  EXPECT_TRUE(GetPod("a").ok());
  EXPECT_EQ(server_.CountRequests("GET", "/pods/a"), 3);
  EXPECT_EQ(client_->metrics().retries, 2U);
}

TEST_F(ClientTest, DoesNotSendACreationAgainWhenItMayHaveBeenCarriedOut) {
  Connect();
  server_.Inject({.method = "POST", .carried_out = true});
  const absl::Status status = client_->Do(CreateRequest(Pods(), {"ns", ""}, PodBody("a"))).status();
  EXPECT_TRUE(absl::IsUnavailable(status)) << status;
  EXPECT_EQ(Reason(status), "API_UNREACHABLE");
  EXPECT_EQ(server_.CountRequests("POST", ""), 1);
  EXPECT_TRUE(server_.Get(Pods(), {"ns", "a"}).has_value());
}

TEST_F(ClientTest, ComesAgainWhenItWasToldSo) {
  Connect();
  server_.Inject({.code = 429, .reason = "TooManyRequests", .retry_after = 0});
  const auto made = client_->Do(CreateRequest(Pods(), {"ns", ""}, PodBody("a")));
  EXPECT_TRUE(made.ok()) << "turned away means not carried out: " << made.status();
  EXPECT_EQ(client_->metrics().throttled, 1U);
}

TEST_F(ClientTest, HeedsRetryAfterEvenIfThatIsTooLate) {
  Connect({.timeout = absl::Seconds(5)});
  server_.Inject({.count = -1, .code = 503, .reason = "ServiceUnavailable", .retry_after = 60});
  const absl::Status status = GetPod("a").status();
  EXPECT_TRUE(absl::IsUnavailable(status)) << status;
  EXPECT_EQ(RetryAfter(status), absl::Seconds(60));
  EXPECT_EQ(server_.CountRequests("GET", ""), 1);
}

TEST_F(ClientTest, GivesUpAfterSoManyTries) {
  Connect({.max_attempts = 3});
  server_.Inject({.count = -1, .code = 503, .reason = "ServiceUnavailable", .message = "starting"});
  const absl::Status status = GetPod("a").status();
  EXPECT_THAT(Message(status), HasSubstr("starting"));
  EXPECT_EQ(server_.CountRequests("GET", ""), 3);
}

TEST_F(ClientTest, EndsARequestAtItsDeadline) {
  Connect();
  server_.Inject({.delay = absl::Milliseconds(300)});
  Request request = GetRequest(Pods(), {"ns", "a"});
  request.timeout = absl::Milliseconds(50);
  const absl::Status status = client_->Do(request).status();
  EXPECT_EQ(Reason(status), "API_TIMEOUT") << status;
  EXPECT_TRUE(absl::IsUnavailable(status));
}

TEST_F(ClientTest, RefusesAnAnswerThatIsTooLong) {
  Connect({.max_response = 64});
  MakePod("a");
  EXPECT_EQ(Reason(GetPod("a").status()), "RESPONSE_TOO_LARGE");
}

TEST_F(ClientTest, BoundsWhatIsUnderWayAndWhatWaits) {
  Connect({.max_in_flight = 2, .max_queued = 3});
  server_.Inject({.count = 2, .delay = absl::Milliseconds(200)});
  std::atomic<int> answered{0};
  std::atomic<int> refused{0};
  for (int i = 0; i < 8; ++i) {
    client_->Send(GetRequest(Pods(), {"ns", "a"}), [&](const absl::StatusOr<Response>& answer) {
      if (Reason(answer.status()) == "CLIENT_BUSY") {
        EXPECT_TRUE(absl::IsResourceExhausted(answer.status()));
        ++refused;
      }
      ++answered;
    });
  }
  while (answered < 8) std::this_thread::yield();
  EXPECT_EQ(refused, 3);
  EXPECT_EQ(server_.CountRequests("GET", ""), 5);
}

TEST_F(ClientTest, AnswersThousandsOverFewConnections) {
  Connect({.max_http1_connections = 8});
  MakePod("a");
  constexpr int kRequests = 2000;
  std::atomic<int> good{0};
  std::atomic<int> answered{0};
  for (int i = 0; i < kRequests; ++i) {
    client_->Send(GetRequest(Pods(), {"ns", "a"}), [&](const absl::StatusOr<Response>& answer) {
      if (answer.ok()) ++good;
      ++answered;
    });
  }
  while (answered < kRequests) std::this_thread::yield();
  EXPECT_EQ(good, kRequests);
  EXPECT_LE(client_->metrics().connects, 8U);
}

TEST_F(ClientTest, AnswersOnceWhatIsCancelled) {
  Connect();
  server_.Inject({.count = -1, .delay = absl::Milliseconds(300)});
  std::atomic<int> answered{0};
  absl::Status status;
  const Call call =
      client_->Send(GetRequest(Pods(), {"ns", "a"}), [&](const absl::StatusOr<Response>& answer) {
        status = answer.status();
        ++answered;
      });
  call.Cancel();
  while (answered == 0) std::this_thread::yield();
  EXPECT_EQ(Reason(status), "CALL_CANCELLED");
  call.Cancel();
  client_.reset();
  EXPECT_EQ(answered, 1);
}

TEST_F(ClientTest, StopsWaitingWhenAskedTo) {
  Connect();
  server_.Inject({.count = -1, .delay = absl::Milliseconds(300)});
  std::stop_source stop;
  const std::jthread stopper([&] {
    while (client_->metrics().in_flight == 0) std::this_thread::yield();
    stop.request_stop();
  });
  EXPECT_TRUE(
      absl::IsCancelled(client_->Do(GetRequest(Pods(), {"ns", "a"}), stop.get_token()).status()));
}

TEST_F(ClientTest, EndsWhatIsUnderWayWhenItIsClosed) {
  Connect();
  server_.Inject({.count = -1, .delay = absl::Milliseconds(300)});
  absl::Status status;
  client_->Send(GetRequest(Pods(), {"ns", "a"}),
                [&](const absl::StatusOr<Response>& answer) { status = answer.status(); });
  client_.reset();
  EXPECT_EQ(Reason(status), "CLIENT_CLOSED");
}

TEST_F(ClientTest, RefusesToWaitOnItsOwnThread) {
  Connect();
  std::atomic<bool> done{false};
  absl::Status status;
  client_->Send(GetRequest(Pods(), {"ns", "a"}), [&](const absl::StatusOr<Response>&) {
    status = client_->Do(GetRequest(Pods(), {"ns", "a"})).status();
    done = true;
  });
  while (!done) std::this_thread::yield();
  EXPECT_EQ(Reason(status), "WOULD_DEADLOCK");
}

TEST_F(ClientTest, SaysThatNobodyListensThere) {
  Connect(PlainConfig("http://127.0.0.1:1"), {.timeout = absl::Seconds(2), .max_attempts = 1});
  const absl::Status status = GetPod("a").status();
  EXPECT_EQ(Reason(status), "API_UNREACHABLE");
  EXPECT_THAT(Message(status), HasSubstr("127.0.0.1:1"));
}

TEST_F(ClientTest, ComesBackWhenTheServerDoes) {
  Connect();
  MakePod("a");
  ASSERT_TRUE(GetPod("a").ok());
  server_.SetDown(true);
  EXPECT_TRUE(absl::IsUnavailable(GetPod("a").status()));
  server_.SetDown(false);
  EXPECT_TRUE(GetPod("a").ok());
}

TEST_F(ClientTest, RefusesAServerThatIsNoUrl) {
  for (const char* server : {"", "ftp://x", "https://", "http://[::1"}) {
    const auto client = Client::Create(PlainConfig(server));
    EXPECT_EQ(Reason(client.status()), "INVALID_CONFIG") << server;
    EXPECT_EQ(Field(client.status()), "server");
  }
}

// Gives "old" until that is refused, then "new", which has to be fetched.
class Rotating : public CredentialSource {
 public:
  absl::StatusOr<std::optional<Credential>> Current() override {
    if (refused_) return fetched_ ? std::optional(Credential{.token = "new"}) : std::nullopt;
    return Credential{.token = "old"};
  }
  absl::StatusOr<Credential> Fetch() override {
    ++fetches;
    fetched_ = true;
    return Credential{.token = "new"};
  }
  bool Refused(const Credential& credential) override {
    if (credential.token == "new") return false;
    refused_ = true;
    return true;
  }
  std::atomic<int> fetches{0};

 private:
  std::atomic<bool> refused_{false};
  std::atomic<bool> fetched_{false};
};

TEST_F(ClientTest, AsksForAnotherCredentialWhenOneIsRefused) {
  MakePod("a");
  server_.SetInterceptor([](const FakeRequest& request) -> std::optional<FakeAnswer> {
    if (request.headers.at("authorization") == "Bearer new") return std::nullopt;
    return FakeAnswer{401, R"({"kind":"Status","reason":"Unauthorized","message":"no"})", {}};
  });
  Config config = server_.config();
  const auto source = std::make_shared<Rotating>();
  config.credentials = source;
  Connect(config, {});
  EXPECT_TRUE(GetPod("a").ok());
  EXPECT_TRUE(GetPod("a").ok());
  EXPECT_EQ(source->fetches, 1);
  EXPECT_EQ(server_.CountRequests("GET", ""), 3);
}

TEST_F(ClientTest, SaysWhenNoCredentialIsGood) {
  server_.SetInterceptor([](const FakeRequest&) {
    return FakeAnswer{401, R"({"kind":"Status","reason":"Unauthorized","message":"no"})", {}};
  });
  Config config = server_.config();
  config.credentials = FixedCredential({.token = "t"});
  Connect(config, {});
  const absl::Status status = GetPod("a").status();
  EXPECT_TRUE(absl::IsUnauthenticated(status)) << status;
  EXPECT_EQ(server_.CountRequests("GET", ""), 1);
}

}  // namespace
}  // namespace eventreactor::kube
