#include "services/local-adapter/engine_login.h"

#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "absl/strings/escaping.h"
#include "libs/status/status.h"

namespace eventreactor::local {
namespace {

// ann:secret, bob:a:b
constexpr char kConfig[] = R"({
  "auths": {
    "reg.example.com:5000": {"auth": "YW5uOnNlY3JldA=="},
    "reg.example.com:5000/team/app": {"auth": "Ym9iOmE6Yg=="},
    "https://index.docker.io/v1/": {"auth": "YW5uOnNlY3JldA=="},
    "token.example.com": {"identitytoken": "t0k"},
    "helped.example.com": {},
    "broken.example.com": {"auth": "!"}
  },
  "credsStore": "desktop"
})";

nlohmann::json Sent(const std::string& repository) {
  const auto header = RegistryAuth(kConfig, repository);
  EXPECT_TRUE(header.ok()) << header.status();
  EXPECT_EQ(header->size() % 4, 0u) << "padded";
  std::string text;
  EXPECT_TRUE(absl::WebSafeBase64Unescape(*header, &text));
  return nlohmann::json::parse(text);
}

TEST(RegistryAuth, IsTheLoginOfTheRegistry) {
  EXPECT_EQ(Sent("reg.example.com:5000/other/app"),
            nlohmann::json::parse(R"({"username": "ann", "password": "secret",
                                      "serveraddress": "reg.example.com:5000"})"));
  EXPECT_EQ(Sent("token.example.com/a")["identitytoken"], "t0k");
}

TEST(RegistryAuth, TheMostExactEntryWins) {
  const auto login = Sent("reg.example.com:5000/team/app/part");
  EXPECT_EQ(login["username"], "bob");
  EXPECT_EQ(login["password"], "a:b");
}

TEST(RegistryAuth, NamesWithoutARegistryAreDockerHubs) {
  for (const char* repository : {"busybox", "library/busybox", "docker.io/library/busybox"}) {
    EXPECT_EQ(Sent(repository)["serveraddress"], "https://index.docker.io/v1/") << repository;
  }
}

TEST(RegistryAuth, IsEmptyWhereThereIsNone) {
  for (const char* repository : {"other.example.com/a", "localhost/a", "helped.example.com/a"}) {
    EXPECT_EQ(*RegistryAuth(kConfig, repository), "") << repository;
  }
  EXPECT_EQ(*RegistryAuth("{}", "busybox"), "");
}

TEST(RegistryAuth, WhatIsNoConfigIsAnErrorThatTellsNoSecret) {
  for (const char* config : {"", "secret", R"({"auths": ["secret"]})"}) {
    const auto status = RegistryAuth(config, "busybox").status();
    EXPECT_EQ(Reason(status), "INVALID_LOGIN") << config;
    EXPECT_EQ(Message(status).find("secret"), std::string::npos);
  }
  EXPECT_EQ(Reason(RegistryAuth(kConfig, "broken.example.com/a").status()), "INVALID_LOGIN");
}

}  // namespace
}  // namespace eventreactor::local
