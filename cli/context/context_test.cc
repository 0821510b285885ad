#include "cli/context/context.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>

#include "cli/context/context_file.h"
#include "libs/status/status.h"

namespace eventreactor::cli {
namespace {

using testing::HasSubstr;

constexpr char kAll[] = R"(currentContext: lab
contexts:
  - name: home
    stack: {dataDir: /srv/er}
  - name: lab
    namespace: team-a
    kubernetes: {kubeconfig: /k.yaml, context: kind}
  - name: prod
    addresses: {ingest: "a:1", dispatcher: "b:2", adapter: "b:2", janitor: "c:3", tls: true, caFile: /ca.pem}
)";

TEST(ContextsTest, ReadsEveryKind) {
  const auto contexts = ContextsFromYaml(kAll);
  ASSERT_TRUE(contexts.ok()) << contexts.status();
  EXPECT_EQ(contexts->current, "lab");
  ASSERT_EQ(contexts->all.size(), 3U);
  EXPECT_EQ(std::get<StackTarget>(contexts->Find("home")->target), StackTarget{"/srv/er"});
  EXPECT_EQ(contexts->Find("lab")->ns, "team-a");
  KubernetesTarget lab;
  lab.kubeconfig = "/k.yaml";
  lab.context = "kind";
  EXPECT_EQ(std::get<KubernetesTarget>(contexts->Find("lab")->target), lab);
  EXPECT_EQ(std::get<AddressTarget>(contexts->Find("prod")->target),
            (AddressTarget{.ingest = "a:1",
                           .dispatcher = "b:2",
                           .adapter = "b:2",
                           .janitor = "c:3",
                           .nats = "",
                           .nats_user = "",
                           .nats_password_file = "",
                           .tls = true,
                           .ca_file = "/ca.pem",
                           .token_file = ""}));
  EXPECT_EQ(PlaceOf(*contexts->Find("prod")), "a:1, b:2, c:3");
  EXPECT_EQ(contexts->Find("none"), nullptr);
}

TEST(ContextsTest, WhatIsWrittenReadsTheSame) {
  const auto contexts = ContextsFromYaml(kAll);
  const std::string text = ContextsToYaml(*contexts);
  const auto again = ContextsFromYaml(text);
  ASSERT_TRUE(again.ok()) << again.status() << text;
  EXPECT_EQ(ContextsToYaml(*again), text);
  EXPECT_EQ(again->current, "lab");
  EXPECT_EQ(again->Find("prod")->target, contexts->Find("prod")->target);
}

TEST(ContextsTest, NothingIsNoContexts) {
  EXPECT_TRUE(ContextsFromYaml("")->all.empty());
  EXPECT_TRUE(ContextsFromYaml(ContextsToYaml(Contexts()))->all.empty());
}

TEST(ContextsTest, AMistakeNamesItsField) {
  struct Case {
    const char* yaml;
    const char* field;
  };
  for (const Case& c : {
           Case{"curentContext: a", "curentContext"},
           Case{"contexts: 1", "contexts"},
           Case{"contexts: [{name: A, stack: {dataDir: /d}}]", "contexts[0].name"},
           Case{"contexts: [{name: a}]", "contexts[0]"},
           Case{"contexts: [{name: a, stack: {dataDir: /d}, kubernetes: {}}]", "contexts[0]"},
           Case{"contexts: [{name: a, stack: {}}]", "contexts[0].stack.dataDir"},
           Case{"contexts: [{name: a, stack: {dataDir: 1}}]", "contexts[0].stack.dataDir"},
           Case{"contexts: [{name: a, kubernetes: {contxt: b}}]", "contexts[0].kubernetes.contxt"},
           Case{"contexts: [{name: a, kubernetes: {namespace: A}}]",
                "contexts[0].kubernetes.namespace"},
           Case{"contexts: [{name: a, addresses: {ingest: a}}]", "contexts[0].addresses.ingest"},
           Case{"contexts: [{name: a, addresses: {ingest: 'a:99999'}}]",
                "contexts[0].addresses.ingest"},
           Case{"contexts: [{name: a, addresses: {}}]", "contexts[0].addresses"},
           Case{"contexts: [{name: a, addresses: {ingest: 'a:1', tls: maybe}}]",
                "contexts[0].addresses.tls"},
           Case{"contexts: [{name: a, addresses: {ingest: 'a:1', caFile: /c}}]",
                "contexts[0].addresses.caFile"},
           Case{"contexts: [{name: a, kubernetes: {}}, {name: a, kubernetes: {}}]",
                "contexts[1].name"},
       }) {
    const auto contexts = ContextsFromYaml(c.yaml);
    EXPECT_EQ(Field(contexts.status()), c.field) << c.yaml << ": " << contexts.status();
  }
}

TEST(ContextsTest, PutsReplacesAndRemoves) {
  Contexts contexts;
  contexts.Put({"a", "", StackTarget{"/1"}});
  contexts.Put({"a", "", StackTarget{"/2"}});
  ASSERT_EQ(contexts.all.size(), 1U);
  EXPECT_EQ(PlaceOf(contexts.all[0]), "/2");
  contexts.current = "a";
  EXPECT_FALSE(contexts.Remove("b"));
  EXPECT_TRUE(contexts.Remove("a"));
  EXPECT_EQ(contexts.current, "") << "what is gone is not current";
}

class ContextFileTest : public testing::Test {
 protected:
  ContextFileTest()
      : directory_(testing::TempDir() + "context_file_test." + std::to_string(getpid())) {}
  ~ContextFileTest() override { std::filesystem::remove_all(directory_); }

  const std::string directory_;
  const std::string path_ = directory_ + "/config.yaml";
};

TEST_F(ContextFileTest, IsForItsOwnerOnly) {
  EXPECT_TRUE(ReadContexts(path_)->all.empty()) << "no file is no contexts";
  Contexts contexts;
  contexts.Put({"a", "", StackTarget{"/d"}});
  ASSERT_TRUE(WriteContexts(path_, contexts).ok());
  struct stat found {};
  ASSERT_EQ(stat(path_.c_str(), &found), 0);
  EXPECT_EQ(found.st_mode & 0777, 0600U);
  EXPECT_NE(ReadContexts(path_)->Find("a"), nullptr);
}

TEST_F(ContextFileTest, AMistakeNamesTheFile) {
  std::filesystem::create_directories(directory_);
  std::ofstream(path_) << "contexts: [{name: a}]";
  const auto status = ReadContexts(path_).status();
  EXPECT_EQ(Reason(status), "BAD_CONTEXT_FILE");
  EXPECT_THAT(Message(status), HasSubstr(path_ + ": contexts[0]: expected exactly one of"));
}

}  // namespace
}  // namespace eventreactor::cli
