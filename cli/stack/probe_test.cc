#include "cli/stack/probe.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <thread>

#include "libs/status/status.h"

namespace eventreactor::stack {
namespace {

using testing::HasSubstr;

// Answers one connection with what it is given.
class OneAnswer {
 public:
  explicit OneAnswer(const std::string& answer) : fd_(socket(AF_INET, SOCK_STREAM, 0)) {
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t size = sizeof(address);
    bind(fd_, reinterpret_cast<sockaddr*>(&address), size);
    listen(fd_, 1);
    getsockname(fd_, reinterpret_cast<sockaddr*>(&address), &size);
    port_ = ntohs(address.sin_port);
    thread_ = std::thread([this, answer] {
      const int client = accept(fd_, nullptr, nullptr);
      char request[1024];
      const ssize_t count = recv(client, request, sizeof(request), 0);
      request_.assign(request, count > 0 ? static_cast<size_t>(count) : 0);
      send(client, answer.data(), answer.size(), MSG_NOSIGNAL);
      close(client);
    });
  }
  ~OneAnswer() {
    if (thread_.joinable()) thread_.join();
    close(fd_);
  }
  std::string Request() {
    thread_.join();
    return request_;
  }
  int port() const { return port_; }
  std::string address() const { return "127.0.0.1:" + std::to_string(port_); }

 private:
  int fd_;
  int port_ = 0;
  std::string request_;
  std::thread thread_;
};

constexpr absl::Duration kPatience = absl::Seconds(20);

TEST(HttpAnswersTest, AsksForThePathAndTakes200) {
  OneAnswer server("HTTP/1.1 200 OK\r\n\r\n");
  EXPECT_TRUE(HttpAnswers(server.address(), "/_ping", kPatience).ok());
  EXPECT_THAT(server.Request(), HasSubstr("GET /_ping HTTP/1.1\r\n"));
}

TEST(HttpAnswersTest, AnotherStatusIsNoYes) {
  OneAnswer server("HTTP/1.1 503 Service Unavailable\r\n\r\n");
  EXPECT_THAT(Message(HttpAnswers(server.address(), "/healthz", kPatience)), HasSubstr("503"));
}

TEST(HttpAnswersTest, SilenceIsNoYes) {
  OneAnswer server("");
  EXPECT_FALSE(HttpAnswers(server.address(), "/", kPatience).ok());
}

TEST(HttpAnswersTest, NobodyThereIsSaidInWords) {
  EXPECT_THAT(Message(HttpAnswers("unix:///no/such/socket", "/", kPatience)),
              HasSubstr("No such file"));
}

TEST(HttpAnswersTest, APathTooLongForASocketIsSaidInWords) {
  EXPECT_THAT(Message(HttpAnswers("unix:///" + std::string(200, 'x'), "/", kPatience)),
              HasSubstr("107 bytes"));
}

TEST(CanListenTest, APortInUseIsNamed) {
  OneAnswer server("HTTP/1.1 200 OK\r\n\r\n");
  const auto status = CanListen("127.0.0.1", server.port());
  EXPECT_EQ(Reason(status), "PORT_IN_USE");
  EXPECT_THAT(Message(status), HasSubstr(server.address()));
  EXPECT_TRUE(HttpAnswers(server.address(), "/", kPatience).ok());
}

TEST(CanListenTest, AnAddressOfAnotherMachineIsNoUse) {
  EXPECT_EQ(Reason(CanListen("192.0.2.1", 14380)), "CANNOT_LISTEN");
}

}  // namespace
}  // namespace eventreactor::stack
