#include "services/kube-adapter/tool/home_files.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace eventreactor::tool {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

TEST(HomeFiles, PasswordsAreReadByGit) {
  HomeFiles files;
  std::vector<std::string> refused;
  AddGitPasswords({{"https://example.com/", "me", "p@ss/w:rd%"}, {"git.example", "you", "x"}},
                  files, refused);
  EXPECT_EQ(files[".git-credentials"],
            "https://me:p%40ss%2Fw%3Ard%25@example.com\nhttps://you:x@git.example\n");
  EXPECT_EQ(files[".gitconfig"],
            "[credential]\n\thelper = store\n"
            "[credential \"https://example.com\"]\n\tusername = \"me\"\n"
            "[credential \"https://git.example\"]\n\tusername = \"you\"\n");
  EXPECT_THAT(refused, IsEmpty());
}

TEST(HomeFiles, APasswordOfSeveralLinesIsRefusedAndNotShown) {
  HomeFiles files;
  std::vector<std::string> refused;
  AddGitPasswords({{"example.com", "me", "secret\n[core]"}}, files, refused);
  EXPECT_THAT(refused, ElementsAre("the password for \"example.com\" has a line end"));
  EXPECT_THAT(files, IsEmpty());
}

TEST(HomeFiles, KeysAreFoundByHostWhateverPasswdSaysOfHome) {
  HomeFiles files;
  AddSshKeys("/builder/home", {{"key", {"example.com", "git.example:2222"}, "KEY\n", ""}}, files);
  EXPECT_EQ(files[".ssh/id_key"], "KEY\n");
  EXPECT_THAT(files[".ssh/config"],
              HasSubstr("Host git.example\n\tPort 2222\n\tIdentityFile /builder/home/.ssh/id_key"));
  EXPECT_THAT(files[".ssh/config"], HasSubstr("StrictHostKeyChecking accept-new"));
  EXPECT_THAT(files[".gitconfig"], HasSubstr("ssh -F /builder/home/.ssh/config"));
}

TEST(HomeFiles, KnownHostsAreBinding) {
  HomeFiles files;
  AddSshKeys("/h", {{"key", {"example.com"}, "KEY\n", "example.com ssh-ed25519 AAAA\n"}}, files);
  EXPECT_EQ(files[".ssh/known_hosts"], "example.com ssh-ed25519 AAAA\n");
  EXPECT_THAT(files[".ssh/config"], HasSubstr("StrictHostKeyChecking yes"));
}

TEST(HomeFiles, RegistriesTakeBase64) {
  EXPECT_EQ(DockerAuth("a", "b"), "YTpi");
  EXPECT_EQ(DockerAuth("ab", "c"), "YWI6Yw==");
  EXPECT_EQ(DockerAuth("ab", "cd"), "YWI6Y2Q=");
  EXPECT_EQ(DockerAuth("\xff\xff", "?"), "//86Pw==");
}

}  // namespace
}  // namespace eventreactor::tool
