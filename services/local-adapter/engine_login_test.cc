#include "services/local-adapter/engine_login.h"

#include <gtest/gtest.h>

#include <nlohmann/json.hpp>
#include <vector>

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
  }
})";

absl::StatusOr<std::string> NoHelper(const std::string& helper, const std::string& server) {
  ADD_FAILURE() << "asked " << helper << " for " << server;
  return "";
}

nlohmann::json Sent(const std::string& repository) {
  const auto header = RegistryAuth(kConfig, repository, &NoHelper);
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
    EXPECT_EQ(*RegistryAuth(kConfig, repository, &NoHelper), "") << repository;
  }
  EXPECT_EQ(*RegistryAuth("{}", "busybox", &NoHelper), "");
}

TEST(RegistryAuth, HelpersAreAskedBeforeTheFile) {
  constexpr char kHelped[] = R"({
    "auths": {"reg.example.com": {"auth": "YW5uOnNlY3JldA=="}},
    "credHelpers": {"own.example.com": "own"},
    "credsStore": "store"
  })";
  std::vector<std::string> asked;
  const auto ask = [&](const std::string& helper,
                       const std::string& server) -> absl::StatusOr<std::string> {
    asked.push_back(helper + " " + server);
    if (server == "token.example.com") return R"({"Username": "<token>", "Secret": "t0k"})";
    if (server == "odd.example.com") return "s3cret";
    if (helper == "own") return R"({"ServerURL": "x", "Username": "eve", "Secret": "pw"})";
    return absl::NotFoundError("store has none");
  };
  const auto header = [&](const std::string& repository) {
    return RegistryAuth(kHelped, repository, ask);
  };
  const auto decoded = [&](const std::string& repository) {
    std::string text;
    EXPECT_TRUE(absl::WebSafeBase64Unescape(*header(repository), &text));
    return nlohmann::json::parse(text);
  };
  EXPECT_EQ(decoded("own.example.com/a"),
            nlohmann::json::parse(R"({"username": "eve", "password": "pw",
                                      "serveraddress": "own.example.com"})"));
  EXPECT_EQ(decoded("token.example.com/a")["identitytoken"], "t0k");
  EXPECT_EQ(decoded("reg.example.com/a")["username"], "ann") << "what only the file has";
  EXPECT_EQ(Message(header("busybox").status()), "store has none");
  EXPECT_EQ(Reason(header("odd.example.com/a").status()), "INVALID_LOGIN");
  EXPECT_EQ(Message(header("odd.example.com/a").status()).find("s3cret"), std::string::npos);
  EXPECT_EQ(asked[0], "own own.example.com");
  EXPECT_EQ(asked[3], "store https://index.docker.io/v1/");
}

TEST(RegistryAuth, WhatIsNoConfigIsAnErrorThatTellsNoSecret) {
  for (const char* config : {"", "secret", R"({"auths": ["secret"]})"}) {
    const auto status = RegistryAuth(config, "busybox", &NoHelper).status();
    EXPECT_EQ(Reason(status), "INVALID_LOGIN") << config;
    EXPECT_EQ(Message(status).find("secret"), std::string::npos);
  }
  EXPECT_EQ(Reason(RegistryAuth(kConfig, "broken.example.com/a", &NoHelper).status()),
            "INVALID_LOGIN");
}

}  // namespace
}  // namespace eventreactor::local
