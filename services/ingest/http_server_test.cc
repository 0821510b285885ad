#include "services/ingest/http_server.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <prometheus/gauge.h>

#include <condition_variable>
#include <mutex>
#include <stdexcept>
#include <thread>

#include "libs/status/status.h"
#include "services/ingest/problem.h"
#include "services/ingest/raw_client.h"

namespace eventreactor::ingest {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

constexpr size_t kMaxBody = 100;

// Answers by the target: /hold keeps the responder, /throw throws, /refuse is
// refused by its head; everything else is echoed.
class EchoHandler : public HttpHandler {
 public:
  HttpAdmission Admit(const HttpHead& head) override {
    HttpAdmission admission;
    admission.max_body = kMaxBody;
    if (head.target == "/refuse") {
      admission.refusal = Refuse(MakeStatus(absl::StatusCode::kNotFound, "NO", "no"));
    }
    return admission;
  }
  void Handle(const HttpHead& head, std::string body, HttpResponder respond) override {
    if (head.target == "/throw") throw std::runtime_error("a handler's fault");
    if (head.target == "/hold") {
      const std::lock_guard lock(mutex_);
      held_ = std::move(respond);
      changed_.notify_all();
      return;
    }
    HttpResponse response;
    response.content_type = "text/plain";
    response.body = head.method + " " + head.target + " [" + body + "]";
    respond(std::move(response));
  }
  HttpResponse Refuse(const absl::Status& status) override { return ProblemResponse(status); }
  void Responded(int /*status*/) override {}

  // Waits for a request to /hold.
  HttpResponder TakeHeld() {
    std::unique_lock lock(mutex_);
    changed_.wait(lock, [this] { return held_ != nullptr; });
    return std::exchange(held_, nullptr);
  }

 private:
  std::mutex mutex_;
  std::condition_variable changed_;
  HttpResponder held_;
};

std::string Post(const std::string& target, const std::string& body, const std::string& more = "") {
  return "POST " + target + " HTTP/1.1\r\nHost: test\r\n" + more +
         "Content-Length: " + std::to_string(body.size()) + "\r\n\r\n" + body;
}

std::string Chunked(const std::string& chunks) {
  return "POST /x HTTP/1.1\r\nHost: test\r\nTransfer-Encoding: chunked\r\n\r\n" + chunks;
}

class HttpServerTest : public ::testing::Test {
 protected:
  void StartServer() {
    auto server = HttpServer::Start("127.0.0.1:0", limits_, handler_, connections_);
    ASSERT_TRUE(server.ok()) << server.status();
    server_ = *std::move(server);
  }
  void SetUp() override { StartServer(); }
  // With limits_ as they are now.
  void Restart() {
    server_.reset();
    StartServer();
  }
  int port() const { return server_->port(); }

  // The status that some bytes are answered with, on a connection of their own.
  int Answer(const std::string& request) {
    RawClient client(port());
    client.Send(request);
    return StatusOf(client.ReadResponse());
  }

  HttpLimits limits_;
  EchoHandler handler_;
  prometheus::Gauge connections_;
  std::unique_ptr<HttpServer> server_;
};

TEST_F(HttpServerTest, AConnectionServesOneRequestAfterAnother) {
  RawClient client(port());
  for (const std::string body : {"first", "", "third"}) {
    client.Send(Post("/x", body));
    const std::string response = client.ReadResponse();
    EXPECT_EQ(StatusOf(response), 200);
    EXPECT_EQ(BodyOf(response), "POST /x [" + body + "]");
  }
}

TEST_F(HttpServerTest, PipelinedRequestsAreAnsweredInOrder) {
  RawClient client(port());
  client.Send(Post("/1", "a") + Post("/2", "b") + Chunked("1\r\nc\r\n0\r\n\r\n") + Post("/4", "d"));
  EXPECT_EQ(BodyOf(client.ReadResponse()), "POST /1 [a]");
  EXPECT_EQ(BodyOf(client.ReadResponse()), "POST /2 [b]");
  EXPECT_EQ(BodyOf(client.ReadResponse()), "POST /x [c]");
  EXPECT_EQ(BodyOf(client.ReadResponse()), "POST /4 [d]");
}

TEST_F(HttpServerTest, ARequestMayArriveByteByByte) {
  RawClient client(port());
  for (const char c : Post("/x", "abc")) client.Send(std::string(1, c));
  EXPECT_EQ(BodyOf(client.ReadResponse()), "POST /x [abc]");
}

TEST_F(HttpServerTest, ChunksAreJoined) {
  RawClient client(port());
  client.Send(Chunked("3\r\nabc\r\n2;ext=1\r\nde\r\n0\r\nTrailer: x\r\n\r\n"));
  EXPECT_EQ(BodyOf(client.ReadResponse()), "POST /x [abcde]");
}

TEST_F(HttpServerTest, WithoutALengthThereIsNoBody) {
  RawClient client(port());
  client.Send("POST /x HTTP/1.1\r\nHost: test\r\n\r\n");
  EXPECT_EQ(BodyOf(client.ReadResponse()), "POST /x []");
}

TEST_F(HttpServerTest, AResponseToHeadHasNoBody) {
  RawClient client(port());
  client.Send("HEAD /x HTTP/1.1\r\nHost: test\r\n\r\n" + Post("/y", ""));
  EXPECT_EQ(StatusOf(client.ReadResponse(/*has_body=*/false)), 200);
  EXPECT_EQ(BodyOf(client.ReadResponse()), "POST /y []");
}

TEST_F(HttpServerTest, WhatIsNoHttpIsRefusedAndTheConnectionEnds) {
  for (const std::string& garbage :
       {std::string("\x16\x03\x01\x02\x00\x01\x00\x01", 8), std::string("hello\r\n\r\n"),
        std::string("POST /x HTTP/2.0\r\nHost: a\r\n\r\n"),
        std::string("POST /x HTTP/1.1\r\nHost: a\r\nbad header\r\n\r\n"),
        std::string("POST /x HTTP/1.1\r\nHost : a\r\n\r\n"),
        std::string("POST /a b HTTP/1.1\r\nHost: a\r\n\r\n")}) {
    RawClient client(port());
    client.Send(garbage);
    const std::string answer = client.ReadToEnd();
    EXPECT_EQ(StatusOf(answer), 400) << garbage;
    EXPECT_THAT(answer, HasSubstr("Connection: close"));
    EXPECT_THAT(answer, HasSubstr("application/problem+json"));
  }
}

TEST_F(HttpServerTest, AmbiguousLengthsAreRefused) {
  const std::string head = "POST /x HTTP/1.1\r\nHost: a\r\n";
  const std::string chunked = "Transfer-Encoding: chunked\r\n";
  EXPECT_EQ(Answer(head + "Content-Length: 3\r\n" + chunked + "\r\n0\r\n\r\n"), 400);
  EXPECT_EQ(Answer(head + chunked + "Content-Length: 3\r\n\r\n0\r\n\r\n"), 400);
  EXPECT_EQ(Answer(head + "Content-Length: 3\r\nContent-Length: 4\r\n\r\nabcd"), 400);
  EXPECT_EQ(Answer(head + "Content-Length: -1\r\n\r\n"), 400);
  EXPECT_EQ(Answer(head + "Content-Length: 1x\r\n\r\n"), 400);
  EXPECT_EQ(Answer(head + "Content-Length: 99999999999999999999\r\n\r\n"), 400);
  EXPECT_EQ(Answer(head + "Transfer-Encoding: gzip, chunked\r\n\r\n0\r\n\r\n"), 501);
  EXPECT_EQ(Answer(head + "Transfer-Encoding: gzip\r\n\r\n"), 501);
}

TEST_F(HttpServerTest, BadChunksAreRefused) {
  EXPECT_EQ(Answer(Chunked("zz\r\nabc\r\n0\r\n\r\n")), 400);
  EXPECT_EQ(Answer(Chunked("3\r\nabcde\r\n0\r\n\r\n")), 400);
  EXPECT_EQ(Answer(Chunked("fffffffffffffffff\r\n")), 400);
}

TEST_F(HttpServerTest, TheHostHeaderIsNeededOnce) {
  EXPECT_EQ(Answer("POST /x HTTP/1.1\r\n\r\n"), 400);
  EXPECT_EQ(Answer("POST /x HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n"), 400);
}

TEST_F(HttpServerTest, Http10NeedsNoHostAndEndsWithItsAnswer) {
  RawClient client(port());
  client.Send("POST /x HTTP/1.0\r\nContent-Length: 1\r\n\r\na");
  EXPECT_THAT(client.ReadToEnd(), HasSubstr("POST /x [a]"));
}

TEST_F(HttpServerTest, AConnectionEndsWhenAskedTo) {
  RawClient client(port());
  client.Send(Post("/x", "a", "Connection: close\r\n"));
  const std::string answer = client.ReadToEnd();
  EXPECT_THAT(answer, HasSubstr("Connection: close"));
  EXPECT_EQ(BodyOf(answer), "POST /x [a]");
}

TEST_F(HttpServerTest, AHeadTooLargeIs431) {
  EXPECT_EQ(Answer("POST /x HTTP/1.1\r\nHost: a\r\nX: " + std::string(limits_.max_head, 'a') +
                   "\r\n\r\n"),
            431);
  EXPECT_EQ(Answer("POST /" + std::string(limits_.max_head, 'a') + " HTTP/1.1\r\n"), 414);
  std::string many = "POST /x HTTP/1.1\r\nHost: a\r\n";
  for (int i = 0; i < 10'000; ++i) many += "X: y\r\n";
  EXPECT_EQ(Answer(many), 431);
}

TEST_F(HttpServerTest, ABodyTooLargeIs413BeforeItIsSent) {
  EXPECT_EQ(Answer(Post("/x", std::string(kMaxBody, 'a'))), 200);
  EXPECT_EQ(Answer("POST /x HTTP/1.1\r\nHost: a\r\nContent-Length: 101\r\n\r\n"), 413);
  EXPECT_EQ(Answer("POST /x HTTP/1.1\r\nHost: a\r\nContent-Length: 18446744073709551615\r\n\r\n"),
            413);
}

TEST_F(HttpServerTest, ABodyTooLargeInChunksIs413) {
  const std::string chunk = "32\r\n" + std::string(50, 'a') + "\r\n";
  EXPECT_EQ(Answer(Chunked(chunk + chunk + "0\r\n\r\n")), 200);
  EXPECT_EQ(Answer(Chunked(chunk + chunk + "1\r\nb\r\n0\r\n\r\n")), 413);
}

TEST_F(HttpServerTest, ARefusalReachesAClientThatIsStillSending) {
  RawClient client(port());
  const std::string body(size_t{4} << 20, 'a');
  client.Send("POST /x HTTP/1.1\r\nHost: a\r\nContent-Length: " + std::to_string(body.size()) +
              "\r\n\r\n");
  client.Send(body);
  EXPECT_EQ(StatusOf(client.ReadResponse()), 413);
}

TEST_F(HttpServerTest, AHeadThatIsRefusedKeepsTheConnectionOnlyWithoutABody) {
  RawClient client(port());
  client.Send("GET /refuse HTTP/1.1\r\nHost: a\r\n\r\n" + Post("/x", "a"));
  EXPECT_EQ(StatusOf(client.ReadResponse()), 404);
  EXPECT_EQ(BodyOf(client.ReadResponse()), "POST /x [a]");
  client.Send(Post("/refuse", "POST /smuggled HTTP/1.1\r\nHost: a\r\n\r\n"));
  EXPECT_THAT(client.ReadToEnd(), Not(HasSubstr("smuggled")));
}

TEST_F(HttpServerTest, AClientThatAsksIsToldToContinue) {
  RawClient client(port());
  client.Send("POST /x HTTP/1.1\r\nHost: a\r\nExpect: 100-continue\r\nContent-Length: 2\r\n\r\n");
  EXPECT_EQ(StatusOf(client.ReadResponse()), 100);
  client.Send("ab");
  EXPECT_EQ(BodyOf(client.ReadResponse()), "POST /x [ab]");
}

TEST_F(HttpServerTest, ARefusedClientIsNotToldToContinue) {
  RawClient client(port());
  client.Send("POST /x HTTP/1.1\r\nHost: a\r\nExpect: 100-continue\r\nContent-Length: 999\r\n\r\n");
  EXPECT_EQ(StatusOf(client.ReadResponse()), 413);
}

TEST_F(HttpServerTest, OtherExpectationsFail) {
  EXPECT_EQ(Answer("POST /x HTTP/1.1\r\nHost: a\r\nExpect: miracles\r\n\r\n"), 417);
}

TEST_F(HttpServerTest, AHandlersFaultIsAnInternalError) {
  EXPECT_EQ(Answer(Post("/throw", "a")), 500);
  EXPECT_EQ(Answer(Post("/x", "a")), 200) << "the server lives on";
}

TEST_F(HttpServerTest, ARequestThatTakesTooLongIs408) {
  limits_.request = absl::Milliseconds(50);
  Restart();
  RawClient client(port());
  // Each byte is in time for any bound on inactivity.
  for (int i = 0; i < 20; ++i) {
    client.Send("P");
    std::this_thread::sleep_for(std::chrono::milliseconds(10));
  }
  const std::string late = client.ReadResponse();
  EXPECT_EQ(StatusOf(late), 408);
  EXPECT_THAT(late, HasSubstr("Connection: close"));
  RawClient body(port());
  body.Send("POST /x HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\n\r\nab");
  EXPECT_EQ(StatusOf(body.ReadResponse()), 408);
}

TEST_F(HttpServerTest, ALineThatDoesNotEndIs414) {
  limits_.max_head = 1024;
  Restart();
  EXPECT_EQ(Answer("POST /" + std::string(5000, 'a') + " HTTP/1.1\r\nHost: a\r\n\r\n"), 414);
  EXPECT_EQ(Answer("POST / HTTP/1.1\r\nHost: a\r\nx: " + std::string(5000, 'a') + "\r\n\r\n"), 431);
}

TEST_F(HttpServerTest, AnIdleConnectionIsClosed) {
  limits_.idle = absl::Milliseconds(50);
  Restart();
  RawClient client(port());
  client.Send(Post("/x", "a"));
  EXPECT_EQ(StatusOf(client.ReadResponse()), 200);
  EXPECT_EQ(client.ReadToEnd(), "");
}

TEST_F(HttpServerTest, WaitingForTheHandlerIsNotIdling) {
  limits_.idle = absl::Milliseconds(20);
  limits_.request = absl::Milliseconds(20);
  Restart();
  RawClient client(port());
  client.Send(Post("/hold", ""));
  const HttpResponder respond = handler_.TakeHeld();
  std::this_thread::sleep_for(std::chrono::milliseconds(100));
  respond(HttpResponse{.status = 202, .content_type = "text/plain", .body = "late", .headers = {}});
  EXPECT_EQ(BodyOf(client.ReadResponse()), "late");
}

TEST_F(HttpServerTest, BeyondItsConnectionsItTurnsAwayAndRecovers) {
  limits_.max_connections = 2;
  Restart();
  auto first = std::make_unique<RawClient>(port());
  RawClient second(port());
  for (RawClient* client : {first.get(), &second}) {
    client->Send(Post("/x", "a"));
    EXPECT_EQ(StatusOf(client->ReadResponse()), 200);
  }
  EXPECT_EQ(connections_.Value(), 2);
  RawClient third(port());
  const std::string answer = third.ReadToEnd();
  EXPECT_EQ(StatusOf(answer), 503);
  EXPECT_THAT(answer, HasSubstr("Retry-After: "));
  first.reset();
  while (connections_.Value() > 1) std::this_thread::yield();
  EXPECT_EQ(Answer(Post("/x", "a")), 200);
}

TEST_F(HttpServerTest, BodiesShareABound) {
  limits_.max_buffered = 150;
  Restart();
  const std::string head =
      "POST /x HTTP/1.1\r\nHost: a\r\nExpect: 100-continue\r\nContent-Length: ";
  RawClient first(port());
  first.Send(head + "100\r\n\r\n");
  EXPECT_EQ(StatusOf(first.ReadResponse()), 100);
  EXPECT_EQ(Answer(Post("/x", std::string(51, 'a'))), 503);
  EXPECT_EQ(Answer(Chunked("1\r\na\r\n0\r\n\r\n")), 503) << "may grow to the most";
  EXPECT_EQ(Answer(Post("/x", std::string(50, 'a'))), 200);
  first.Send(std::string(100, 'a'));
  EXPECT_EQ(StatusOf(first.ReadResponse()), 200);
  EXPECT_EQ(Answer(Post("/x", std::string(51, 'a'))), 200) << "room is given back";
}

TEST_F(HttpServerTest, AClientMayLeaveBeforeItsAnswer) {
  auto client = std::make_unique<RawClient>(port());
  client->Send(Post("/hold", ""));
  const HttpResponder respond = handler_.TakeHeld();
  client.reset();
  respond(HttpResponse{});
  EXPECT_EQ(Answer(Post("/x", "a")), 200);
}

TEST_F(HttpServerTest, ShutdownClosesIdleConnectionsAndFinishesRequests) {
  RawClient idle(port());
  idle.Send(Post("/x", "a"));
  idle.ReadResponse();
  RawClient busy(port());
  busy.Send(Post("/hold", "") + Post("/never", ""));
  const HttpResponder respond = handler_.TakeHeld();
  std::thread shutdown([this] { server_->Shutdown(absl::Minutes(5)); });
  EXPECT_EQ(idle.ReadToEnd(), "");
  respond(HttpResponse{.status = 202, .content_type = "text/plain", .body = "done", .headers = {}});
  const std::string answer = busy.ReadResponse();
  EXPECT_EQ(StatusOf(answer), 202);
  EXPECT_THAT(answer, HasSubstr("Connection: close"));
  busy.Finish();
  EXPECT_EQ(busy.ReadToEnd(), "");
  shutdown.join();
  EXPECT_EQ(connections_.Value(), 0);
  RawClient late(port());
  EXPECT_FALSE(late.Send(Post("/x", "a")));
}

TEST_F(HttpServerTest, ShutdownCutsOffWhatTakesTooLong) {
  RawClient client(port());
  client.Send(Post("/hold", ""));
  const HttpResponder respond = handler_.TakeHeld();
  server_->Shutdown(absl::Milliseconds(20));
  EXPECT_EQ(client.ReadToEnd(), "");
  server_->Shutdown(absl::ZeroDuration());
  server_.reset();
  respond(HttpResponse{});  // Goes nowhere, harmlessly.
}

TEST_F(HttpServerTest, AnAddressThatCannotBeServedIsAnErrorInWords) {
  const std::string taken = "127.0.0.1:" + std::to_string(port());
  const auto again = HttpServer::Start(taken, limits_, handler_, connections_);
  EXPECT_EQ(Reason(again.status()), "CANNOT_LISTEN");
  EXPECT_THAT(Message(again.status()), HasSubstr(taken));
}

TEST_F(HttpServerTest, MoreConnectionsThanOpenFilesIsAnErrorInWords) {
  limits_.max_connections = 2'000'000'000;
  const auto server = HttpServer::Start("127.0.0.1:0", limits_, handler_, connections_);
  EXPECT_EQ(Reason(server.status()), "TOO_FEW_OPEN_FILES");
}

}  // namespace
}  // namespace eventreactor::ingest
