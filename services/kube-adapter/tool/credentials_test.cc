#include "services/kube-adapter/tool/credentials.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "services/kube-adapter/tool/temporary_directory.h"

namespace eventreactor::tool {
namespace {

using nlohmann::json;
using ::testing::HasSubstr;

class CredentialsTest : public ::testing::Test {
 protected:
  Fault Write(const std::vector<std::string>& options) {
    Arguments arguments;
    std::vector<std::string> words = {"--secrets=" + secrets_.At(""), "--home=" + home_.At("")};
    words.insert(words.end(), options.begin(), options.end());
    EXPECT_EQ(arguments.Parse(words, {"secrets", "home", "basic-git", "ssh-git", "basic-docker",
                                      "docker-config", "docker-cfg"}),
              std::nullopt);
    return WriteCredentials(arguments);
  }

  TemporaryDirectory secrets_;
  TemporaryDirectory home_;
};

TEST_F(CredentialsTest, OnlyTheirOwnerCanReadThem) {
  secrets_.Write("pw/username", "me\n");
  secrets_.Write("pw/password", "secret\r\n");
  secrets_.Write("key/ssh-privatekey", "KEY");
  EXPECT_EQ(Write({"--basic-git=pw=https://example.com", "--ssh-git=key=example.com",
                   "--basic-docker=pw=registry.example"}),
            std::nullopt);
  EXPECT_EQ(home_.Read(".git-credentials"), "https://me:secret@example.com\n");
  EXPECT_EQ(home_.Read(".ssh/id_key"), "KEY\n") << "ssh wants a line end";
  for (const char* file : {".git-credentials", ".ssh/id_key", ".ssh/config", ".ssh/known_hosts",
                           ".docker/config.json"}) {
    EXPECT_EQ(home_.Mode(file), 0600) << file;
  }
  EXPECT_EQ(home_.Mode(".gitconfig"), 0644) << "no secret, and git fails where it cannot read it";
  EXPECT_EQ(home_.Mode(".ssh"), 0700);
  EXPECT_EQ(home_.Mode(".docker"), 0700);
}

TEST_F(CredentialsTest, RegistriesOfAllSecretsAreInOneFile) {
  secrets_.Write("pw/username", "me");
  secrets_.Write("pw/password", "x");
  secrets_.Write("pull/.dockerconfigjson",
                 R"({"auths": {"a.example": {"auth": "QQ=="}}, "credHelpers": {"b": "c"}})");
  secrets_.Write("old/.dockercfg", R"({"c.example": {"auth": "Qg=="}})");
  EXPECT_EQ(Write({"--basic-docker=pw=https://d.example/v1/", "--docker-config=pull",
                   "--docker-cfg=old"}),
            std::nullopt);
  const json config = json::parse(home_.Read(".docker/config.json"));
  EXPECT_EQ(config["auths"]["a.example"]["auth"], "QQ==");
  EXPECT_EQ(config["auths"]["c.example"]["auth"], "Qg==");
  EXPECT_EQ(config["auths"]["https://d.example/v1/"]["auth"], "bWU6eA==");
  EXPECT_EQ(config["credHelpers"]["b"], "c");
}

TEST_F(CredentialsTest, OneKeyServesSeveralHosts) {
  secrets_.Write("key/ssh-privatekey", "KEY\n");
  secrets_.Write("key/known_hosts", "a ssh-rsa AAAA");
  EXPECT_EQ(Write({"--ssh-git=key=a", "--ssh-git=key=b:22"}), std::nullopt);
  EXPECT_THAT(home_.Read(".ssh/config"), HasSubstr("Host a\n"));
  EXPECT_THAT(home_.Read(".ssh/config"), HasSubstr("Host b\n\tPort 22\n"));
  EXPECT_EQ(home_.Read(".ssh/known_hosts"), "a ssh-rsa AAAA\n");
}

TEST_F(CredentialsTest, WhatIsWrittenBeforeIsReplacedWithItsMode) {
  home_.Write(".gitconfig", "old");
  secrets_.Write("pw/username", "me");
  secrets_.Write("pw/password", "x");
  EXPECT_EQ(Write({"--basic-git=pw=example.com"}), std::nullopt);
  EXPECT_THAT(home_.Read(".gitconfig"), HasSubstr("helper = store"));
  EXPECT_EQ(home_.Mode(".gitconfig"), 0644);
}

TEST_F(CredentialsTest, FaultsNameTheSecretButNotWhatItHolds) {
  EXPECT_THAT(Write({"--basic-git=none=example.com"}).value_or(""), HasSubstr("none/username"));
  EXPECT_THAT(Write({"--basic-git=../etc=example.com"}).value_or(""),
              HasSubstr("no Secret's name"));
  secrets_.Write("pull/.dockerconfigjson", "my password, no JSON");
  const std::string fault = Write({"--docker-config=pull"}).value_or("");
  EXPECT_THAT(fault, HasSubstr("pull"));
  EXPECT_THAT(fault, ::testing::Not(HasSubstr("password")));
}

TEST_F(CredentialsTest, AHostThatWouldBeMoreThanAHostIsRefused) {
  secrets_.Write("key/ssh-privatekey", "KEY\n");
  for (const char* host : {"", "-oProxyCommand=x", "a\n\tProxyCommand x", "a b", "*"}) {
    EXPECT_THAT(Write({std::string("--ssh-git=key=") + host}).value_or(""), HasSubstr("no host"))
        << host;
  }
}

TEST(ArgumentsTest, WhatIsUnknownIsRefused) {
  EXPECT_NE(Arguments().Parse({"--other=x"}, {"one"}), std::nullopt);
  EXPECT_NE(Arguments().Parse({"one=x"}, {"one"}), std::nullopt);
  EXPECT_NE(Arguments().Parse({"--one"}, {"one"}), std::nullopt);
  Arguments arguments;
  EXPECT_EQ(arguments.Parse({"--one=a=b"}, {"one"}), std::nullopt);
  EXPECT_EQ(arguments.Last("one"), "a=b");
}

}  // namespace
}  // namespace eventreactor::tool
