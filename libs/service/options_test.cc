#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <string>
#include <vector>

#include "libs/service/process.h"
#include "libs/service/version.h"
#include "libs/status/status.h"

namespace eventreactor::service {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

// Parses a command line, and says what was printed.
class OptionsTest : public ::testing::Test {
 protected:
  virtual void Declare(CLI::App& app) {
    DeclareCommonOptions(app, common_);
    app.add_option("--peer", peers_, "Repeated");
    app.add_flag("--fast", fast_, "A flag");
  }

  void TearDown() override {
    for (const std::string& name : variables_) unsetenv(name.c_str());
    std::remove(path_.c_str());
  }

  void SetVariable(const std::string& name, const std::string& value) {
    setenv(name.c_str(), value.c_str(), /*overwrite=*/1);
    variables_.push_back(name);
  }

  std::string WriteFile(const std::string& text) {
    path_ = ::testing::TempDir() + "options_test." + std::to_string(getpid()) + ".yaml";
    std::ofstream(path_) << text;
    return path_;
  }

  std::optional<int> Parse(std::vector<std::string> args) {
    args.insert(args.begin(), "program");
    std::vector<char*> argv;
    for (std::string& arg : args) argv.push_back(arg.data());
    CLI::App app("A program.", "program");
    Declare(app);
    ::testing::internal::CaptureStderr();
    ::testing::internal::CaptureStdout();
    const auto code = ParseOptions(app, "ERTEST", static_cast<int>(argv.size()), argv.data());
    err_ = ::testing::internal::GetCapturedStderr();
    out_ = ::testing::internal::GetCapturedStdout();
    return code;
  }

  // The message of a file that is refused.
  std::string RefusalOf(const std::string& yaml) {
    const std::string path = WriteFile(yaml);
    EXPECT_EQ(Parse({"--config", path}), 2);
    EXPECT_EQ(err_.rfind(path, 0), 0U) << "the file comes first: " << err_;
    return err_.size() < path.size() ? err_ : err_.substr(path.size());
  }

  CommonOptions common_;
  std::vector<std::string> peers_;
  bool fast_ = false;
  std::string out_;
  std::string err_;

 private:
  std::vector<std::string> variables_;
  std::string path_;
};

TEST_F(OptionsTest, FlagsWinOverEnvironmentAndEnvironmentOverFile) {
  const std::string path =
      WriteFile("listen: file:1\nmetrics-listen: file:2\ntoken-file: /file\npeer: [f1, f2]\n");
  SetVariable("ERTEST_LISTEN", "env:1");
  SetVariable("ERTEST_METRICS_LISTEN", "env:2");
  SetVariable("ERTEST_PEER", "e1,e2");
  ASSERT_EQ(Parse({"--config", path, "--listen", "flag:1", "--peer", "a,b"}), std::nullopt) << err_;
  EXPECT_EQ(common_.listen, "flag:1");
  EXPECT_EQ(common_.metrics_listen, "env:2");
  EXPECT_EQ(common_.token_file, "/file");
  EXPECT_THAT(peers_, ElementsAre("a,b")) << "the layers of a repeated flag do not mix";
  EXPECT_EQ(common_.shutdown_seconds, 10) << "what nobody sets keeps its default";
}

TEST_F(OptionsTest, EnvironmentFillsEachKindOfOption) {
  SetVariable("ERTEST_SHUTDOWN_SECONDS", "3");
  SetVariable("ERTEST_PEER", "e1,e2");
  SetVariable("ERTEST_FAST", "true");
  SetVariable("ERTEST_LISTEN", "");
  common_.listen = "default";
  ASSERT_EQ(Parse({}), std::nullopt) << err_;
  EXPECT_EQ(common_.shutdown_seconds, 3);
  EXPECT_THAT(peers_, ElementsAre("e1", "e2"));
  EXPECT_TRUE(fast_);
  EXPECT_EQ(common_.listen, "default") << "an empty variable counts as unset";
}

TEST_F(OptionsTest, TheFileFillsEachKindOfOption) {
  const std::string path =
      WriteFile("# comment\nshutdown-seconds: 4\npeer:\n- f1\n- \"f,2\"\nfast: true\nlisten: ''\n");
  common_.listen = "default";
  ASSERT_EQ(Parse({"--config=" + path}), std::nullopt) << err_;
  EXPECT_EQ(common_.shutdown_seconds, 4);
  EXPECT_THAT(peers_, ElementsAre("f1", "f,2"));
  EXPECT_TRUE(fast_);
  EXPECT_EQ(common_.listen, "") << "an empty value in a file is a value";
}

TEST_F(OptionsTest, TheFileMayTurnAFlagOff) {
  fast_ = true;
  ASSERT_EQ(Parse({"--config", WriteFile("fast: false\n")}), std::nullopt) << err_;
  EXPECT_FALSE(fast_);
}

TEST_F(OptionsTest, TheFileMayBeNamedByTheEnvironment) {
  SetVariable("ERTEST_CONFIG", WriteFile("shutdown-seconds: 5\n"));
  ASSERT_EQ(Parse({}), std::nullopt) << err_;
  EXPECT_EQ(common_.shutdown_seconds, 5);
}

TEST_F(OptionsTest, AnEmptyFileSaysNothing) {
  EXPECT_EQ(Parse({"--config", WriteFile("# nothing\n")}), std::nullopt) << err_;
}

TEST_F(OptionsTest, AnUnknownKeyIsRefusedWithItsLine) {
  EXPECT_THAT(RefusalOf("listen: a:1\nlissten: b:1\n"), HasSubstr(":2: unknown key \"lissten\""));
  EXPECT_NE(common_.listen, "a:1") << "nothing of a bad file is taken";
}

TEST_F(OptionsTest, KeysThatOnlyACommandLineCanHaveAreUnknown) {
  EXPECT_THAT(RefusalOf("config: other.yaml\n"), HasSubstr("unknown key \"config\""));
  EXPECT_THAT(RefusalOf("help: true\n"), HasSubstr("unknown key"));
}

TEST_F(OptionsTest, AValueOfTheWrongTypeIsRefusedWithKeyAndLine) {
  EXPECT_THAT(
      RefusalOf("listen: a:1\nshutdown-seconds: ten\n"),
      HasSubstr(
          ":2: shutdown-seconds: \"ten\" is refused; expected a whole number from 0 to 3600"));
}

TEST_F(OptionsTest, AValueOutOfRangeIsRefused) {
  EXPECT_THAT(RefusalOf("shutdown-seconds: -1\n"), HasSubstr("shutdown-seconds: \"-1\""));
}

TEST_F(OptionsTest, AFlagTakesTrueOrFalse) {
  EXPECT_THAT(RefusalOf("fast: perhaps\n"),
              HasSubstr("fast: \"perhaps\" is refused; expected true or false"));
}

TEST_F(OptionsTest, AListWhereOneValueIsExpectedIsRefused) {
  EXPECT_THAT(RefusalOf("listen: [a:1, b:1]\n"), HasSubstr("takes one value, not a list"));
}

TEST_F(OptionsTest, ShapesThatAreNoOptionsAreRefused) {
  for (const char* yaml : {"listen:\n  host: x\n", "listen:\n", "peer: []\n", "peer: [[a]]\n",
                           "- listen\n", "listen: a\nlisten: b\n", "listen: [\n", "? [a]\n: b\n"}) {
    SCOPED_TRACE(yaml);
    RefusalOf(yaml);
  }
}

TEST_F(OptionsTest, AMissingFileIsRefused) {
  EXPECT_EQ(Parse({"--config", "/nonexistent/x.yaml"}), 2);
  EXPECT_THAT(err_, HasSubstr("/nonexistent/x.yaml: cannot be read: No such file"));
}

TEST_F(OptionsTest, ABadVariableIsRefusedByName) {
  SetVariable("ERTEST_SHUTDOWN_SECONDS", "ten");
  EXPECT_EQ(Parse({}), 2);
  EXPECT_THAT(
      err_,
      HasSubstr(
          "ERTEST_SHUTDOWN_SECONDS: \"ten\" is refused; expected a whole number from 0 to 3600"));
}

TEST_F(OptionsTest, ABadFlagIsRefused) {
  EXPECT_EQ(Parse({"--shutdown-seconds", "ten"}), 2);
  EXPECT_THAT(err_, HasSubstr("--shutdown-seconds"));
}

TEST_F(OptionsTest, AnUnknownFlagIsRefused) {
  EXPECT_EQ(Parse({"--lissten", "x"}), 2);
  EXPECT_THAT(err_, HasSubstr("--lissten"));
}

TEST_F(OptionsTest, HelpNamesFlagsDefaultsAndVariables) {
  EXPECT_EQ(Parse({"--help"}), 0);
  EXPECT_THAT(out_, HasSubstr("--shutdown-seconds"));
  EXPECT_THAT(out_, HasSubstr("ERTEST_SHUTDOWN_SECONDS"));
  EXPECT_EQ(err_, "");
}

TEST_F(OptionsTest, VersionIsTheProjects) {
  EXPECT_EQ(Parse({"--version"}), 0);
  EXPECT_EQ(out_, "program " + Version() + "\n");
  EXPECT_THAT(Version(), ::testing::MatchesRegex("[0-9]+\\.[0-9]+\\.[0-9]+"));
}

class RefusalTest : public OptionsTest {
 protected:
  void Declare(CLI::App& app) override {
    OptionsTest::Declare(app);
    app.add_option("--period", period_);
  }

  // What a service says that finds fault with a value after it was parsed.
  std::string Refused(const std::vector<std::string>& args, const absl::Status& status) {
    std::vector<std::string> all = {"program"};
    all.insert(all.end(), args.begin(), args.end());
    std::vector<char*> argv;
    for (std::string& arg : all) argv.push_back(arg.data());
    CLI::App app("A program.", "program");
    Declare(app);
    EXPECT_EQ(ParseOptions(app, "ERTEST", static_cast<int>(argv.size()), argv.data()),
              std::nullopt);
    ::testing::internal::CaptureStderr();
    EXPECT_EQ(RefuseOptions(app, status), 2);
    return ::testing::internal::GetCapturedStderr();
  }

  std::string period_;
};

TEST_F(RefusalTest, NamesTheVariableThatHeldTheValue) {
  SetVariable("ERTEST_PERIOD", "soon");
  EXPECT_EQ(Refused({}, InvalidField("--period", "\"soon\" is no duration")),
            "ERTEST_PERIOD: \"soon\" is no duration\n");
}

TEST_F(RefusalTest, NamesTheFlagThatHeldTheValue) {
  SetVariable("ERTEST_PERIOD", "1h");
  EXPECT_EQ(Refused({"--period", "soon"}, InvalidField("--period", "\"soon\" is no duration")),
            "--period: \"soon\" is no duration\n");
}

TEST_F(RefusalTest, OfNoOptionIsToldAsItIs) {
  EXPECT_EQ(Refused({}, InvalidField("spec", "is wrong")), "spec: is wrong\n");
  EXPECT_EQ(Refused({}, absl::InvalidArgumentError("all is wrong")), "all is wrong\n");
}

class RequiredOptionTest : public OptionsTest {
 protected:
  void Declare(CLI::App& app) override {
    OptionsTest::Declare(app);
    app.add_option("--database", database_)->required();
  }
  std::string database_;
};

TEST_F(RequiredOptionTest, IsMetByTheFlag) {
  EXPECT_EQ(Parse({"--database", "x"}), std::nullopt) << err_;
}

TEST_F(RequiredOptionTest, IsMetByTheEnvironment) {
  SetVariable("ERTEST_DATABASE", "x");
  EXPECT_EQ(Parse({}), std::nullopt) << err_;
  EXPECT_EQ(database_, "x");
}

TEST_F(RequiredOptionTest, IsMetByTheFile) {
  EXPECT_EQ(Parse({"--config", WriteFile("database: x\n")}), std::nullopt) << err_;
  EXPECT_EQ(database_, "x");
}

TEST_F(RequiredOptionTest, IsMissedWithTheThreeWaysToGiveIt) {
  EXPECT_EQ(Parse({}), 2);
  EXPECT_THAT(err_, HasSubstr("--database is required; give the flag, ERTEST_DATABASE or the key "
                              "database in the file of --config"));
}

}  // namespace
}  // namespace eventreactor::service
