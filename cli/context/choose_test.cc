#include "cli/context/choose.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <cstdlib>
#include <filesystem>

#include "cli/context/context_file.h"
#include "libs/status/status.h"

namespace eventreactor::cli {
namespace {

using testing::HasSubstr;

class ChooseTest : public testing::Test {
 protected:
  ChooseTest() : home_(testing::TempDir() + "choose_test." + std::to_string(getpid())) {
    setenv("XDG_CONFIG_HOME", home_.c_str(), 1);
    unsetenv("EVENTREACTOR_DATA_DIR");
    unsetenv("EVENTREACTOR_CONTEXT");
    Contexts contexts;
    contexts.Put({"home", "", StackTarget{"/srv/er"}});
    contexts.Put({"lab", "team-a", KubernetesTarget()});
    contexts.current = "lab";
    EXPECT_TRUE(WriteContexts(*ContextFilePath(), contexts).ok());
  }
  ~ChooseTest() override {
    std::filesystem::remove_all(home_);
    for (const char* name : {"XDG_CONFIG_HOME", "EVENTREACTOR_DATA_DIR", "EVENTREACTOR_CONTEXT"}) {
      unsetenv(name);
    }
  }

  // The context in effect, or the data directory; "" is the default stack.
  std::string Chosen(const std::string& data_dir, const std::string& context) {
    globals_ = Globals();
    globals_.data_dir = data_dir;
    globals_.context = context;
    status_ = TakeEnvironment(globals_);
    if (status_.ok()) status_ = ChooseContext(globals_);
    return globals_.chosen ? globals_.chosen->name : globals_.data_dir;
  }

  const std::string home_;
  Globals globals_;
  absl::Status status_;
};

TEST_F(ChooseTest, FlagsComeBeforeTheEnvironmentBeforeTheCurrentContext) {
  EXPECT_EQ(Chosen("", ""), "lab");
  setenv("EVENTREACTOR_CONTEXT", "home", 1);
  EXPECT_EQ(Chosen("", ""), "home");
  setenv("EVENTREACTOR_DATA_DIR", "/env", 1);
  EXPECT_EQ(Chosen("", ""), "/env");
  EXPECT_EQ(Chosen("", "lab"), "lab");
  EXPECT_EQ(Chosen("/flag", ""), "/flag");
}

TEST_F(ChooseTest, WithoutAnythingItIsTheDefaultStack) {
  std::filesystem::remove_all(home_);
  EXPECT_EQ(Chosen("", ""), "");
  EXPECT_TRUE(status_.ok());
  EXPECT_EQ(*StackDirectory(globals_), "");
}

TEST_F(ChooseTest, TwoPlacesAtOnceAreAMistake) {
  Chosen("/d", "lab");
  EXPECT_EQ(Reason(status_), "USAGE");
}

TEST_F(ChooseTest, AContextThatIsNotThereIsNamed) {
  Chosen("", "prod");
  EXPECT_EQ(Reason(status_), "NO_CONTEXT");
  EXPECT_THAT(Message(status_), HasSubstr("no context \"prod\" in " + home_));
}

TEST_F(ChooseTest, ItsNamespaceIsForThoseWhoNameNone) {
  Chosen("", "lab");
  EXPECT_EQ(globals_.ns, "team-a");
  globals_ = Globals();
  globals_.context = "lab";
  globals_.ns = "mine";
  globals_.ns_given = true;
  ASSERT_TRUE(ChooseContext(globals_).ok());
  EXPECT_EQ(globals_.ns, "mine");
}

TEST_F(ChooseTest, OnlyAStackHasADirectoryOnThisMachine) {
  Chosen("", "home");
  EXPECT_EQ(*StackDirectory(globals_), "/srv/er");
  Chosen("", "lab");
  EXPECT_EQ(Reason(StackDirectory(globals_).status()), "NO_STACK_HERE");
}

TEST_F(ChooseTest, ProposedCommandsNameTheSamePlace) {
  Chosen("/my data", "");
  EXPECT_EQ(globals_.TargetFlag(), " --data-dir '/my data'");
  Chosen("", "lab");
  EXPECT_EQ(globals_.TargetFlag(), " --context lab");
  Chosen("", "");
  EXPECT_EQ(globals_.TargetFlag(), "") << "the current one is found again";
}

}  // namespace
}  // namespace eventreactor::cli
