// With git itself, and repositories in a directory.
#include "services/kube-adapter/tool/git_source.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <cstdio>

#include "services/kube-adapter/tool/program.h"
#include "services/kube-adapter/tool/temporary_directory.h"

namespace eventreactor::tool {
namespace {

using ::testing::HasSubstr;

// A repository with two commits on `main`, the first with the tag v1, and one
// on the branch `topic/a`.
class GitSourceTest : public ::testing::Test {
 protected:
  void SetUp() override {
    // The user's own configuration has no say.
    setenv("HOME", home_.At("").c_str(), 1);
    setenv("GIT_CONFIG_NOSYSTEM", "1", 1);
    Git({"init", "--quiet", "--initial-branch=main"});
    Commit("first");
    Git({"tag", "v1"});
    first_ = Head();
    Git({"checkout", "--quiet", "-b", "topic/a"});
    Commit("topic");
    Git({"checkout", "--quiet", "main"});
    Commit("second");
  }

  void Git(std::vector<std::string> words) {
    words.insert(words.begin(), {"git", "-C", origin_.At(""), "-c", "user.name=t", "-c",
                                 "user.email=t@example.com"});
    ASSERT_EQ(RunProgram(words), std::nullopt);
  }

  void Commit(const std::string& text) {
    origin_.Write("file", text);
    Git({"add", "file"});
    Git({"commit", "--quiet", "-m", text});
  }

  std::string Head() {
    const std::string command = "git -C '" + origin_.At("") + "' rev-parse HEAD";
    std::FILE* pipe = popen(command.c_str(), "r");
    std::array<char, 41> name{};
    EXPECT_NE(std::fgets(name.data(), name.size(), pipe), nullptr);
    pclose(pipe);
    return name.data();
  }

  std::string Url() const { return "file://" + origin_.At(""); }

  // What is in `file` at that revision, or the fault.
  std::string Fetched(const std::string& revision) {
    const TemporaryDirectory workspace;
    if (const Fault fault = FetchGitSource({Url(), revision, workspace.At("src")})) return *fault;
    return workspace.Read("src/file");
  }

  TemporaryDirectory home_;
  TemporaryDirectory origin_;
  std::string first_;
};

TEST_F(GitSourceTest, TakesBranchTagCommitAndRef) {
  EXPECT_EQ(Fetched("main"), "second");
  EXPECT_EQ(Fetched("topic/a"), "topic");
  EXPECT_EQ(Fetched("v1"), "first");
  EXPECT_EQ(Fetched(first_), "first");
  EXPECT_EQ(Fetched(first_.substr(0, 10)), "first") << "a part of a commit's name";
  EXPECT_EQ(Fetched("refs/heads/topic/a"), "topic");
  EXPECT_EQ(Fetched("refs/tags/v1"), "first");
}

TEST_F(GitSourceTest, WithoutARevisionItIsTheRepositorysHead) { EXPECT_EQ(Fetched(""), "second"); }

TEST_F(GitSourceTest, FetchesNoMoreHistoryThanItNeeds) {
  const TemporaryDirectory workspace;
  ASSERT_EQ(FetchGitSource({Url(), "main", workspace.At("")}), std::nullopt);
  EXPECT_TRUE(workspace.Has(".git/shallow"));
}

TEST_F(GitSourceTest, TheEventsFilesMayBeThereAlready) {
  const TemporaryDirectory workspace;
  workspace.Write(".event/id", "1");
  ASSERT_EQ(FetchGitSource({Url(), "main", workspace.At("")}), std::nullopt);
  EXPECT_EQ(workspace.Read("file"), "second");
  EXPECT_EQ(workspace.Read(".event/id"), "1");
  EXPECT_THAT(workspace.Read(".git/info/exclude"), HasSubstr("/.event/"));
}

TEST_F(GitSourceTest, ADirectoryOfAnotherUserIsTrustedNowAndLater) {
  const TemporaryDirectory workspace;
  ASSERT_EQ(chmod(workspace.At("").c_str(), 0777), 0);
  // Root may give it away; for others it is theirs, and nothing is shown.
  if (geteuid() == 0) {
    ASSERT_EQ(chown(workspace.At("").c_str(), 65534, 65534), 0);
  }
  ASSERT_EQ(FetchGitSource({Url(), "main", workspace.At("")}), std::nullopt);
  EXPECT_EQ(RunProgram({"git", "-C", workspace.At(""), "status", "--short"}), std::nullopt);
  EXPECT_THAT(home_.Read(".gitconfig"), HasSubstr("directory = "));
}

TEST_F(GitSourceTest, WhatIsNotThereIsAFault) {
  EXPECT_THAT(Fetched("no-such-branch"),
              HasSubstr("has no branch, tag, commit or ref no-such-branch"));
  const TemporaryDirectory workspace;
  EXPECT_NE(FetchGitSource({"file:///no/such/repository", "main", workspace.At("a")}),
            std::nullopt);
  EXPECT_NE(FetchGitSource({"file:///no/such/repository", "", workspace.At("b")}), std::nullopt);
}

TEST_F(GitSourceTest, APasswordInAUrlIsNotShown) {
  const TemporaryDirectory workspace;
  const std::string fault =
      FetchGitSource({"file://me:secret@/no/such", "", workspace.At("a")}).value_or("");
  EXPECT_THAT(fault, HasSubstr("cannot fetch file:///no/such"));
  EXPECT_THAT(fault, ::testing::Not(HasSubstr("secret")));
}

TEST_F(GitSourceTest, NothingIsTakenForAnOptionOrASecondRef) {
  for (const char* url : {"", "-u/bin/sh", "--upload-pack=touch /tmp/x", "https://a\nb"}) {
    EXPECT_NE(CheckGitSource({url, "main", "/workspace"}), std::nullopt) << url;
  }
  for (const char* revision : {"-f", "--upload-pack=x", "+main", "main:refs/heads/x", "a..b",
                               "HEAD~1", "HEAD^", "main@{1}", "a b", "refs/heads/*", "a\nb"}) {
    EXPECT_NE(CheckGitSource({"u", revision, "/workspace"}), std::nullopt) << revision;
  }
  EXPECT_NE(CheckGitSource({"u", "main", "relative"}), std::nullopt);
  EXPECT_EQ(CheckGitSource({"git@example.com:a/b.git", "release/1.0+x", "/workspace"}),
            std::nullopt);
}

TEST_F(GitSourceTest, NoProgramIsRunThatAUrlNames) {
  const TemporaryDirectory workspace;
  EXPECT_NE(FetchGitSource({"ext::touch " + workspace.At("touched"), "main", workspace.At("a")}),
            std::nullopt);
  EXPECT_FALSE(workspace.Has("touched"));
}

}  // namespace
}  // namespace eventreactor::tool
