// Signals, secrets and metrics.
#include "libs/service/process.h"

#include <curl/curl.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <netinet/in.h>
#include <prometheus/counter.h>
#include <sys/socket.h>
#include <unistd.h>

#include <csignal>
#include <cstdio>
#include <fstream>

#include "libs/service/version.h"
#include "libs/status/status.h"

namespace eventreactor::service {
namespace {

using ::testing::HasSubstr;

void EndOn(int signal) {
  StartProcess("process_test", 0);
  kill(getpid(), SIGPIPE);
  kill(getpid(), signal);
  std::_Exit(WaitForSignal() == signal ? 0 : 1);
}

TEST(ProcessDeathTest, SigtermAndSigintEndTheWaitAndNotTheProcess) {
  GTEST_FLAG_SET(death_test_style, "threadsafe");
  EXPECT_EXIT(EndOn(SIGTERM), ::testing::ExitedWithCode(0), "");
  EXPECT_EXIT(EndOn(SIGINT), ::testing::ExitedWithCode(0), "");
}

absl::StatusOr<std::string> ReadSecret(const std::string& content) {
  const std::string path =
      ::testing::TempDir() + "process_test." + std::to_string(getpid()) + ".secret";
  std::ofstream(path, std::ios::binary) << content;
  auto secret = ReadSecretFile("token-file", path);
  std::remove(path.c_str());
  return secret;
}

TEST(SecretFileTest, TheFirstLineIsTheSecret) {
  EXPECT_EQ(*ReadSecret("abc"), "abc");
  EXPECT_EQ(*ReadSecret("abc\n"), "abc");
  EXPECT_EQ(*ReadSecret("abc\r\nsecond\n"), "abc");
  EXPECT_EQ(*ReadSecret("abc\n" + std::string(100'000, 'x')), "abc");
}

TEST(SecretFileTest, AFileWithoutASecretIsRefusedByFlagAndPath) {
  for (const std::string& content : {std::string(), std::string("\nabc"), std::string("a\x01z"),
                                     std::string("gr\xc3\xbcn"), std::string(5000, 'x')}) {
    const auto secret = ReadSecret(content);
    ASSERT_FALSE(secret.ok()) << content;
    EXPECT_EQ(secret.status().code(), absl::StatusCode::kInvalidArgument);
    EXPECT_THAT(Message(secret.status()), HasSubstr("--token-file: \""));
    EXPECT_THAT(Message(secret.status()), HasSubstr(".secret\""));
  }
}

TEST(SecretFileTest, WithoutAPathThereIsNoSecret) {
  EXPECT_EQ(*ReadSecretFile("token-file", ""), "");
}

TEST(SecretFileTest, WhatCannotBeReadIsRefused) {
  EXPECT_THAT(Message(ReadSecretFile("token-file", "/nonexistent").status()),
              HasSubstr("cannot be read: No such file"));
  EXPECT_FALSE(ReadSecretFile("token-file", "/").ok()) << "a directory";
}

// A port that was free a moment ago.
int FreePort() {
  const int fd = socket(AF_INET, SOCK_STREAM, 0);
  sockaddr_in address = {};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  socklen_t size = sizeof(address);
  auto* generic = reinterpret_cast<sockaddr*>(&address);
  EXPECT_EQ(bind(fd, generic, size), 0);
  EXPECT_EQ(getsockname(fd, generic, &size), 0);
  close(fd);
  return ntohs(address.sin_port);
}

size_t Append(const char* data, size_t size, size_t count, void* text) {
  static_cast<std::string*>(text)->append(data, size * count);
  return size * count;
}

std::string Scrape(const std::string& address) {
  std::string text;
  CURL* curl = curl_easy_init();
  curl_easy_setopt(curl, CURLOPT_URL, ("http://" + address + "/metrics").c_str());
  curl_easy_setopt(curl, CURLOPT_WRITEFUNCTION, &Append);
  curl_easy_setopt(curl, CURLOPT_WRITEDATA, &text);
  curl_easy_setopt(curl, CURLOPT_PROXY, "");
  EXPECT_EQ(curl_easy_perform(curl), CURLE_OK);
  curl_easy_cleanup(curl);
  return text;
}

TEST(MetricsServerTest, ShowsTheRegistryAndTheProcess) {
  absl::StatusOr<std::unique_ptr<MetricsServer>> server = absl::UnavailableError("not started");
  std::string address;
  // Another process may take the port in between.
  for (int attempt = 0; attempt < 10 && !server.ok(); ++attempt) {
    address = "127.0.0.1:" + std::to_string(FreePort());
    server = MetricsServer::Start(address);
  }
  ASSERT_TRUE(server.ok()) << server.status();
  prometheus::BuildCounter()
      .Name("eventreactor_test_total")
      .Help("A test's")
      .Register(Registry())
      .Add({{"kind", "x"}})
      .Increment(3);
  const std::string text = Scrape(address);
  EXPECT_THAT(text, HasSubstr("eventreactor_test_total{kind=\"x\"} 3"));
  EXPECT_THAT(text, HasSubstr("eventreactor_build_info{version=\"" + Version() + "\"} 1"));
  EXPECT_THAT(text, HasSubstr("\nprocess_resident_memory_bytes "));
  EXPECT_THAT(text, HasSubstr("\nprocess_open_fds "));

  const auto second = MetricsServer::Start(address);
  ASSERT_FALSE(second.ok());
  EXPECT_EQ(Reason(second.status()), "LISTEN_FAILED");
  EXPECT_THAT(Message(second.status()), HasSubstr(address));
}

TEST(MetricsServerTest, NoAddressMeansNoServer) { EXPECT_TRUE(MetricsServer::Start("").ok()); }

TEST(MetricsServerTest, AnAddressWithoutPortIsRefused) {
  for (const char* address : {"127.0.0.1", "127.0.0.1:", "127.0.0.1:0", "127.0.0.1:http"}) {
    EXPECT_EQ(MetricsServer::Start(address).status().code(), absl::StatusCode::kInvalidArgument)
        << address;
  }
}

}  // namespace
}  // namespace eventreactor::service
