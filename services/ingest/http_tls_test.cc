#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <prometheus/gauge.h>

#include <filesystem>
#include <fstream>
#include <string>

#include "libs/service/self_signed.h"
#include "libs/status/status.h"
#include "services/ingest/http_server.h"
#include "services/ingest/problem.h"
#include "services/ingest/raw_client.h"
#include "services/ingest/tls_identity.h"

namespace eventreactor::ingest {
namespace {

using ::testing::HasSubstr;

// Answers each request with its body.
class ReturnBody : public HttpHandler {
 public:
  HttpAdmission Admit(const HttpHead& /*head*/) override {
    HttpAdmission admission;
    admission.max_body = size_t{1} << 20;
    return admission;
  }
  void Handle(const HttpHead& /*head*/, std::string body, HttpResponder respond) override {
    HttpResponse response;
    response.body = std::move(body);
    respond(std::move(response));
  }
  HttpResponse Refuse(const absl::Status& status) override { return ProblemResponse(status); }
  void Responded(int /*status*/) override {}
};

std::string Request(const std::string& body, const std::string& more = "") {
  return "POST / HTTP/1.1\r\nHost: test\r\n" + more +
         "Content-Length: " + std::to_string(body.size()) + "\r\n\r\n" + body;
}

class HttpTlsTest : public ::testing::Test {
 protected:
  HttpTlsTest() {
    std::string folder = ::testing::TempDir() + "er-tls-XXXXXX";
    folder_ = mkdtemp(folder.data());
    Keep(first_);
  }
  ~HttpTlsTest() override {
    server_.reset();
    std::filesystem::remove_all(folder_);
  }

  void Start() {
    auto identity = TlsIdentity::Load(Cert(), Key());
    ASSERT_TRUE(identity.ok()) << identity.status();
    auto server =
        HttpServer::Start("127.0.0.1:0", limits_, handler_, connections_, *std::move(identity));
    ASSERT_TRUE(server.ok()) << server.status();
    server_ = *std::move(server);
  }

  std::string Cert() const { return folder_ + "/tls.crt"; }
  std::string Key() const { return folder_ + "/tls.key"; }
  static void Put(const std::string& path, const std::string& text) {
    std::ofstream(path + ".new") << text;
    std::filesystem::rename(path + ".new", path);
  }
  void Keep(const service::SelfSignedPem& pem) const {
    Put(Cert(), pem.certificate);
    Put(Key(), pem.key);
  }

  // The status by which one is answered who trusts that certificate; 0: it is
  // not the server's.
  int Answer(const service::SelfSignedPem& trusted) const {
    RawClient client(server_->port(), trusted.certificate);
    client.Send(Request("hello"));
    return StatusOf(client.ReadResponse());
  }

  const service::SelfSignedPem first_ = service::SelfSigned();
  const service::SelfSignedPem second_ = service::SelfSigned();
  std::string folder_;
  HttpLimits limits_;
  ReturnBody handler_;
  prometheus::Gauge connections_;
  std::unique_ptr<HttpServer> server_;
};

TEST_F(HttpTlsTest, AConnectionServesOneRequestAfterAnother) {
  Start();
  RawClient client(server_->port(), first_.certificate);
  for (const std::string& body : {std::string("first"), std::string(500'000, 'x')}) {
    client.Send(Request(body));
    const std::string response = client.ReadResponse();
    EXPECT_EQ(StatusOf(response), 200);
    EXPECT_EQ(BodyOf(response), body);
  }
  client.Send(Request("one") + Request("two", "Connection: close\r\n"));
  EXPECT_EQ(BodyOf(client.ReadResponse()), "one") << "pipelined";
  EXPECT_EQ(BodyOf(client.ReadResponse()), "two");
  EXPECT_EQ(client.ReadToEnd(), "");
}

TEST_F(HttpTlsTest, ARefusalReachesAClientThatIsStillSending) {
  Start();
  RawClient client(server_->port(), first_.certificate);
  client.Send("POST / HTTP/1.1\r\nHost: test\r\nContent-Length: 2000000\r\n\r\n" +
              std::string(100'000, 'x'));
  EXPECT_EQ(StatusOf(client.ReadResponse()), 413);
  EXPECT_EQ(client.ReadToEnd(), "");
}

TEST_F(HttpTlsTest, WhoSpeaksPlainlyGetsNoAnswer) {
  Start();
  RawClient client(server_->port());
  client.Send(Request("hello"));
  EXPECT_EQ(StatusOf(client.ReadToEnd()), 0);
  EXPECT_EQ(Answer(first_), 200) << "and is in nobody's way";
}

TEST_F(HttpTlsTest, OneWhoSaysNothingIsCutOff) {
  limits_.request = absl::Milliseconds(50);
  Start();
  RawClient client(server_->port());
  EXPECT_EQ(client.ReadToEnd(), "");
}

TEST_F(HttpTlsTest, ARenewedCertificateIsUsedAtOnce) {
  Start();
  RawClient before(server_->port(), first_.certificate);
  EXPECT_EQ(Answer(second_), 0);
  Put(Cert(), second_.certificate);
  EXPECT_EQ(Answer(first_), 200) << "its key is still to come";
  Put(Key(), second_.key);
  EXPECT_EQ(Answer(second_), 200);
  EXPECT_EQ(Answer(first_), 0);
  before.Send(Request("hello"));
  EXPECT_EQ(StatusOf(before.ReadResponse()), 200) << "what is connected goes on";
}

TEST_F(HttpTlsTest, WhatCannotBeUsedIsNamed) {
  EXPECT_EQ(*TlsIdentity::Load("", ""), nullptr);
  const auto blamed = [&] { return TlsIdentity::Load(Cert(), Key()).status(); };
  Put(Key(), second_.key);
  EXPECT_EQ(Field(blamed()), "--http-tls-key-file") << "of another certificate";
  Put(Cert(), "no certificate");
  EXPECT_EQ(Field(blamed()), "--http-tls-cert-file");
  std::filesystem::remove(Cert());
  EXPECT_THAT(Message(blamed()), HasSubstr(Cert()));
}

}  // namespace
}  // namespace eventreactor::ingest
