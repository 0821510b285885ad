#include "cli/completion/candidates.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <memory>

#include "cli/command_line.h"
#include "cli/completion/complete.h"

namespace eventreactor::cli {
namespace {

using testing::Contains;
using testing::Each;
using testing::ElementsAre;
using testing::IsEmpty;
using testing::Not;
using testing::StartsWith;

class CandidatesTest : public testing::Test {
 protected:
  Candidates Find(const std::vector<std::string>& words) {
    globals_ = Globals();
    return FindCandidates(*app_, words, globals_);
  }
  std::vector<std::string> Words(const std::vector<std::string>& words) {
    std::vector<std::string> found;
    for (const auto& [word, description] : Find(words).words) found.push_back(word);
    return found;
  }

  Session session_;
  const std::unique_ptr<CLI::App> app_ = MakeCommandLine(session_);
  Globals globals_;
};

TEST_F(CandidatesTest, CommandsComeBeforeAnythingElse) {
  EXPECT_THAT(Words({""}), Contains("events"));
  EXPECT_THAT(Words({""}), Each(Not(StartsWith("_"))));
  EXPECT_THAT(Words({"pipelines", "val"}), ElementsAre("validate"));
  EXPECT_THAT(Words({"-n", "team", "events", "exp"}), ElementsAre("explain"));
}

TEST_F(CandidatesTest, FlagsAreTheCommandsAndTheGlobalOnes) {
  EXPECT_THAT(Words({"events", "list", "--so"}), ElementsAre("--sort-by"));
  EXPECT_THAT(Words({"events", "list", "--cont"}), ElementsAre("--context"));
  EXPECT_THAT(Words({"up", "--supervis"}), IsEmpty());
}

TEST_F(CandidatesTest, ValuesAreThoseOfTheFlag) {
  EXPECT_THAT(Words({"events", "list", "-o", ""}),
              ElementsAre("json", "name", "wide", "yaml", "jsonpath="));
  EXPECT_THAT(Words({"events", "list", "--output=j"}),
              ElementsAre("--output=json", "--output=jsonpath="));
  EXPECT_THAT(Words({"actions", "list", "--sort-by", "st"}), ElementsAre("status", "started"));
  EXPECT_EQ(Find({"actions", "list", "-p", "b"}).names, Candidates::Names::kPipelines);
  EXPECT_EQ(Find({"actions", "list", "--event=0"}).before, "--event=");
  EXPECT_EQ(Find({"pipelines", "apply", "-f", ""}).paths, Candidates::Paths::kFiles);
  EXPECT_EQ(Find({"--data-dir", ""}).paths, Candidates::Paths::kDirectories);
}

TEST_F(CandidatesTest, NamesAreOfTheNoun) {
  EXPECT_EQ(Find({"actions", "logs", "-f", ""}).names, Candidates::Names::kActions);
  EXPECT_EQ(Find({"pipelines", "delete", "a", ""}).names, Candidates::Names::kPipelines);
  EXPECT_EQ(Find({"events", "get", ""}).names, Candidates::Names::kEvents);
  EXPECT_EQ(Find({"config", "use-context", ""}).names, Candidates::Names::kContexts);
  EXPECT_EQ(Find({"events", "list", ""}).names, Candidates::Names::kNone);
}

TEST_F(CandidatesTest, WhereToAskIsTakenFromTheLine) {
  Find({"-n", "team", "events", "get", "--context=lab", ""});
  EXPECT_EQ(globals_.ns, "team");
  EXPECT_EQ(globals_.context, "lab");
}

TEST_F(CandidatesTest, AnOddLineIsNoTrouble) {
  EXPECT_THAT(Words({}), Contains("up"));
  EXPECT_THAT(Words({"no", "such", "--thing", "=", "--=", ""}), Contains("up"));
  EXPECT_THAT(Words({"--no-such="}), IsEmpty());
}

TEST(CompletionScriptTest, ThereAreThreeShells) {
  for (const char* shell : {"bash", "zsh", "fish"}) EXPECT_TRUE(CompletionScript(shell).ok());
  EXPECT_FALSE(CompletionScript("tcsh").ok());
}

}  // namespace
}  // namespace eventreactor::cli
