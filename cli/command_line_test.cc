#include "cli/command_line.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>

#include "cli/commands/actions.h"
#include "cli/commands/events.h"
#include "cli/errors.h"
#include "cli/manifest_files.h"
#include "cli/manifest_place.h"
#include "libs/status/status.h"

namespace eventreactor::cli {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::MatchesRegex;
using testing::StartsWith;

class CommandLineTest : public testing::Test {
 protected:
  CommandLineTest() {
    unsetenv("EVENTREACTOR_NAMESPACE");
    unsetenv("EVENTREACTOR_DATA_DIR");
    unsetenv("EVENTREACTOR_CONTEXT");
  }
  // What Parse says, with what it printed.
  Parsed ParseLine(std::vector<const char*> arguments) {
    arguments.insert(arguments.begin(), "reactorctl");
    session_ = Session();
    const auto app = MakeCommandLine(session_);
    testing::internal::CaptureStdout();
    testing::internal::CaptureStderr();
    const Parsed parsed =
        Parse(*app, session_, static_cast<int>(arguments.size()), arguments.data());
    out_ = testing::internal::GetCapturedStdout();
    err_ = testing::internal::GetCapturedStderr();
    return parsed;
  }

  Session session_;
  std::string out_;
  std::string err_;
};

TEST_F(CommandLineTest, GlobalFlagsStandBeforeOrAfterTheCommand) {
  EXPECT_TRUE(ParseLine({"-n", "team", "events", "list"}).go_on);
  EXPECT_EQ(session_.globals.ns, "team");
  EXPECT_TRUE(ParseLine({"events", "list", "-n", "team", "--data-dir", "/d"}).go_on);
  EXPECT_EQ(session_.globals.ns, "team");
  EXPECT_TRUE(session_.globals.ns_given);
  EXPECT_EQ(session_.globals.data_dir, "/d");
}

TEST_F(CommandLineTest, WithoutFlagsTheNamespaceIsDefault) {
  EXPECT_TRUE(ParseLine({"events", "list"}).go_on);
  EXPECT_EQ(session_.globals.ns, "default");
  EXPECT_FALSE(session_.globals.ns_given);
}

TEST_F(CommandLineTest, TheEnvironmentNamesTheStack) {
  setenv("EVENTREACTOR_DATA_DIR", "/env", 1);
  EXPECT_TRUE(ParseLine({"events", "list"}).go_on);
  EXPECT_EQ(session_.globals.data_dir, "/env");
  EXPECT_TRUE(ParseLine({"events", "list", "--data-dir", "/flag"}).go_on);
  EXPECT_EQ(session_.globals.data_dir, "/flag");
}

TEST_F(CommandLineTest, AContextNamesTheEventReactor) {
  EXPECT_TRUE(ParseLine({"events", "list", "--context", "lab"}).go_on);
  EXPECT_EQ(session_.globals.context, "lab");
  EXPECT_TRUE(session_.needs_context);
  EXPECT_EQ(ParseLine({"--context", "lab", "events", "list", "--data-dir", "/d"}).exit_code,
            kUsage);
  EXPECT_THAT(err_, HasSubstr("two different places"));
}

TEST_F(CommandLineTest, ConfigNeedsNoEventReactor) {
  EXPECT_TRUE(ParseLine({"config", "view"}).go_on);
  EXPECT_FALSE(session_.needs_context);
  EXPECT_TRUE(ParseLine({"config", "set-context", "lab", "--kubernetes"}).go_on);
  EXPECT_FALSE(session_.needs_context);
}

TEST_F(CommandLineTest, ATimeoutIsAGoDuration) {
  EXPECT_TRUE(ParseLine({"actions", "wait", "a", "--timeout", "1m30s"}).go_on);
  EXPECT_EQ(session_.globals.timeout, absl::Seconds(90));
  EXPECT_EQ(ParseLine({"actions", "wait", "a", "--timeout", "soon"}).exit_code, kUsage);
  EXPECT_THAT(err_, HasSubstr("soon"));
  EXPECT_EQ(ParseLine({"actions", "wait", "a", "--timeout", "0s"}).exit_code, kUsage);
}

TEST_F(CommandLineTest, ANamespaceIsChecked) {
  EXPECT_EQ(ParseLine({"-n", "Team A", "events", "list"}).exit_code, kUsage);
  EXPECT_THAT(err_, HasSubstr("\"Team A\" is no namespace"));
}

TEST_F(CommandLineTest, AMistakeNamesTheHelpOfItsCommand) {
  EXPECT_EQ(ParseLine({"events", "publish"}).exit_code, kUsage);
  EXPECT_THAT(err_, HasSubstr("--type is required"));
  EXPECT_THAT(err_, HasSubstr("`reactorctl events publish --help`"));
  EXPECT_EQ(ParseLine({}).exit_code, kUsage);
}

TEST_F(CommandLineTest, AMistypedCommandIsNotedWithTheClosest) {
  EXPECT_EQ(ParseLine({"evnts"}).exit_code, kUsage);
  EXPECT_THAT(err_, HasSubstr("\"evnts\" is no command of reactorctl; did you mean \"events\"?"));
  EXPECT_EQ(ParseLine({"events", "lst"}).exit_code, kUsage);
  EXPECT_THAT(err_, HasSubstr("no command of reactorctl events; did you mean \"list\"?"));
}

TEST_F(CommandLineTest, ACommandWithoutItsGroupOrBeforeItIsNotedWithBoth) {
  EXPECT_EQ(ParseLine({"get", "pipelines"}).exit_code, kUsage);
  EXPECT_THAT(err_, HasSubstr("\"get\" is no command of reactorctl; "
                              "did you mean \"reactorctl pipelines get\"?"));
  EXPECT_EQ(ParseLine({"logs", "an-action"}).exit_code, kUsage);
  EXPECT_THAT(err_, HasSubstr("did you mean \"reactorctl actions logs\"?"));
  EXPECT_EQ(ParseLine({"get"}).exit_code, kUsage);
  EXPECT_THAT(err_, testing::Not(HasSubstr("reactorctl pipelines get")));
}

TEST_F(CommandLineTest, AMistypedFlagIsNotedWithTheClosest) {
  EXPECT_EQ(ParseLine({"events", "list", "--selectr", "a=b"}).exit_code, kUsage);
  EXPECT_THAT(err_, HasSubstr("\"--selectr\" is no flag of reactorctl events list; "
                              "did you mean \"--selector\"?"));
  EXPECT_EQ(ParseLine({"events", "list", "--namespce=a"}).exit_code, kUsage);
  EXPECT_THAT(err_, HasSubstr("\"--namespce\" is no flag"));
  EXPECT_THAT(err_, HasSubstr("did you mean \"--namespace\"?"));
  EXPECT_EQ(ParseLine({"up", "--supervis"}).exit_code, kUsage);
  EXPECT_THAT(err_, testing::Not(HasSubstr("did you mean")));
}

TEST_F(CommandLineTest, AFileWithoutItsFlagIsGuessed) {
  EXPECT_EQ(ParseLine({"pipelines", "apply", "build.yaml"}).exit_code, kUsage);
  EXPECT_THAT(err_, HasSubstr("error: --file is required; did you mean -f build.yaml?\n"));
  EXPECT_EQ(ParseLine({"pipelines", "apply", "a b.yaml", "c.yaml"}).exit_code, kUsage);
  EXPECT_THAT(err_, HasSubstr("did you mean -f 'a b.yaml' -f c.yaml?"));
  EXPECT_EQ(ParseLine({"pipelines", "apply"}).exit_code, kUsage);
  EXPECT_THAT(err_, testing::Not(HasSubstr("did you mean")));
}

TEST_F(CommandLineTest, AnUnknownFormatNamesTheKnown) {
  EXPECT_TRUE(ParseLine({"events", "list", "-o", "yaml"}).go_on);
  EXPECT_EQ(ParseLine({"events", "list", "-o", "xml"}).exit_code, kUsage);
  EXPECT_THAT(err_, HasSubstr("json, name, wide, yaml or jsonpath=TEMPLATE"));
  EXPECT_EQ(ParseLine({"events", "list", "-o", "1"}).exit_code, kUsage);
  EXPECT_EQ(ParseLine({"status", "-o", "name"}).exit_code, kUsage);
  EXPECT_EQ(ParseLine({"events", "get", "a", "-o", "wide"}).exit_code, kUsage);
  EXPECT_TRUE(ParseLine({"events", "list", "-o", "jsonpath={.items[*].metadata.name}"}).go_on);
  EXPECT_EQ(ParseLine({"events", "list", "-o", "jsonpath={.items["}).exit_code, kUsage);
  EXPECT_THAT(err_, HasSubstr("position 9"));
}

TEST_F(CommandLineTest, AListIsSortedByAKnownKeyOrAPath) {
  EXPECT_TRUE(ParseLine({"events", "list", "--sort-by", "type"}).go_on);
  EXPECT_TRUE(ParseLine({"actions", "list", "--sort-by=-.spec.event.name"}).go_on);
  EXPECT_EQ(ParseLine({"events", "list", "--sort-by", "colour"}).exit_code, kUsage);
  EXPECT_THAT(err_, HasSubstr("\"colour\" is nothing to sort by; use created, name, type"));
}

TEST_F(CommandLineTest, ThereAreTheNamesOfTheOriginal) {
  EXPECT_TRUE(ParseLine({"pipelines", "set", "-f", "a.yaml"}).go_on);
  EXPECT_TRUE(ParseLine({"pipelines", "list", "-t", "a"}).go_on);
  EXPECT_TRUE(ParseLine({"events", "publish", "--copy", "a"}).go_on);
}

TEST_F(CommandLineTest, EveryCommandHasHelpWithExamples) {
  const std::vector<std::vector<const char*>> commands = {{"up"},
                                                          {"down"},
                                                          {"status"},
                                                          {"sweep"},
                                                          {"pipelines"},
                                                          {"pipelines", "apply"},
                                                          {"pipelines", "list"},
                                                          {"pipelines", "get"},
                                                          {"pipelines", "delete"},
                                                          {"pipelines", "validate"},
                                                          {"completion"},
                                                          {"help"},
                                                          {"config"},
                                                          {"config", "set-context"},
                                                          {"config", "use-context"},
                                                          {"config", "get-contexts"},
                                                          {"config", "current-context"},
                                                          {"config", "delete-context"},
                                                          {"config", "view"},
                                                          {"events"},
                                                          {"events", "publish"},
                                                          {"events", "list"},
                                                          {"events", "get"},
                                                          {"events", "explain"},
                                                          {"events", "tap"},
                                                          {"actions"},
                                                          {"actions", "list"},
                                                          {"actions", "get"},
                                                          {"actions", "logs"},
                                                          {"actions", "wait"},
                                                          {"actions", "watch"},
                                                          {"actions", "cancel"},
                                                          {"actions", "delete"}};
  for (auto command : commands) {
    command.push_back("--help");
    const Parsed parsed = ParseLine(command);
    EXPECT_FALSE(parsed.go_on);
    EXPECT_EQ(parsed.exit_code, 0);
    EXPECT_THAT(out_, HasSubstr("$ reactorctl"));
  }
}

TEST_F(CommandLineTest, HelpDocumentsTheExitCodes) {
  EXPECT_EQ(ParseLine({"--help"}).exit_code, 0);
  EXPECT_THAT(out_, HasSubstr("Exit codes:"));
}

TEST_F(CommandLineTest, AValueOfAnotherKindIsRefusedInWords) {
  EXPECT_EQ(ParseLine({"up", "--base-port", "abc"}).exit_code, kUsage);
  EXPECT_THAT(err_, HasSubstr("--base-port: \"abc\" is refused; expected a whole number"));
  EXPECT_EQ(ParseLine({"up", "--help"}).exit_code, 0);
  EXPECT_THAT(out_, HasSubstr("--base-port NUMBER"));
  EXPECT_THAT(out_, testing::Not(HasSubstr("INT")));
}

TEST_F(CommandLineTest, VersionIsData) {
  EXPECT_EQ(ParseLine({"--version"}).exit_code, 0);
  EXPECT_THAT(out_, MatchesRegex("reactorctl [0-9]+\\.[0-9]+\\.[0-9]+\n"));
}

TEST(MakeCloudEventTest, TakesWhatItWasGiven) {
  EventInput input;
  input.type = "t";
  input.source = "/s";
  input.id = "1";
  input.data = "x";
  input.content_type = "image/png";
  input.extensions = {"priority=a=b"};
  const auto event = MakeCloudEvent(input);
  ASSERT_TRUE(event.ok()) << event.status();
  EXPECT_EQ(event->datacontenttype, "image/png");
  EXPECT_EQ(event->extensions.at("priority"), "a=b");
}

TEST(MakeCloudEventTest, GuessesTheContentTypeFromTheData) {
  EventInput input;
  input.type = "t";
  input.source = "/s";
  input.id = "1";
  EXPECT_EQ(MakeCloudEvent(input)->datacontenttype, "");
  input.data = R"({"a": 1})";
  EXPECT_EQ(MakeCloudEvent(input)->datacontenttype, "application/json");
  input.data = "hello";
  EXPECT_EQ(MakeCloudEvent(input)->datacontenttype, "text/plain; charset=utf-8");
  input.data = "\xFF\xD8";
  EXPECT_EQ(MakeCloudEvent(input)->datacontenttype, "application/octet-stream");
}

TEST(MakeCloudEventTest, AnExtensionWithoutAValueIsAMistakeOfUsage) {
  EventInput input;
  input.extensions = {"priority"};
  EXPECT_EQ(Reason(MakeCloudEvent(input).status()), "USAGE");
}

TEST(UuidTest, IsOfVersion4AndNeverTheSame) {
  EXPECT_THAT(RandomUuid(), MatchesRegex("[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-"
                                         "[0-9a-f]{12}"));
  EXPECT_NE(RandomUuid(), RandomUuid());
}

TEST(LogCursorTest, TakesEachByteOnceWhenALogIsReadAgain) {
  LogCursor cursor;
  EXPECT_EQ(cursor.TakeNew("a", 0, "hello "), "hello ");
  EXPECT_EQ(cursor.TakeNew("a", 0, "hello "), "");
  EXPECT_EQ(cursor.TakeNew("a", 0, "hello world"), "world");
  EXPECT_EQ(cursor.TakeNew("a", 11, "!"), "!");
  EXPECT_EQ(cursor.TakeNew("b", 0, "other"), "other");
}

TEST(LogCursorTest, TakesATailOfUnknownPlaceWholeAndOnce) {
  LogCursor cursor;
  EXPECT_EQ(cursor.TakeNew("a", -1, "all that is left"), "all that is left");
  EXPECT_EQ(cursor.TakeNew("a", -1, "all that is left"), "");
  EXPECT_EQ(cursor.TakeNew("b", -1, "!"), "!");
  EXPECT_EQ(cursor.TakeNew("c", 0, "seen"), "seen");
  EXPECT_EQ(cursor.TakeNew("c", -1, "seen"), "");
}

TEST(LogCursorTest, GoesOnAfterAGap) {
  LogCursor cursor;
  EXPECT_EQ(cursor.TakeNew("a", 100, "late"), "late");
  EXPECT_EQ(cursor.TakeNew("a", 90, "before and late!"), "e!");
}

TEST(ExitStatusTest, NeutralIsNoFailure) {
  EXPECT_EQ(ExitStatusOf(v1::COMPLETION_SUCCESS), 0);
  EXPECT_EQ(ExitStatusOf(v1::COMPLETION_NEUTRAL), 0);
  EXPECT_EQ(ExitStatusOf(v1::COMPLETION_FAILURE), 1);
  EXPECT_EQ(ExitStatusOf(v1::COMPLETION_UNKNOWN), 2);
}

class ManifestFilesTest : public testing::Test {
 protected:
  ManifestFilesTest() {
    std::string path = testing::TempDir() + "manifestsXXXXXX";
    dir_ = mkdtemp(path.data());
  }
  ~ManifestFilesTest() override { std::filesystem::remove_all(dir_); }

  static std::string Manifest(const std::string& name, const std::string& more_metadata = "") {
    return "apiVersion: eventreactor.summerwind.github.io/v1alpha1\nkind: Pipeline\n"
           "metadata:\n  name: " +
           name + "\n" + more_metadata +
           "spec:\n  steps: [{image: busybox}]\n  trigger: {event: {type: t}}\n";
  }
  std::string Write(const std::string& name, const std::string& text) {
    std::ofstream(dir_ + "/" + name) << text;
    return dir_ + "/" + name;
  }
  static absl::StatusOr<std::vector<FoundPipeline>> Read(const std::vector<std::string>& paths,
                                                         const std::string& ns, bool ns_given) {
    const auto texts = ReadManifestTexts(paths);
    if (!texts.ok()) return texts.status();
    return ReadPipelines(*texts, ns, ns_given);
  }
  static std::vector<std::string> Names(const std::vector<FoundPipeline>& pipelines) {
    std::vector<std::string> names;
    names.reserve(pipelines.size());
    for (const auto& each : pipelines) {
      const auto& metadata = each.pipeline.metadata();
      names.push_back(metadata.namespace_() + "/" + metadata.name());
    }
    return names;
  }

  std::string dir_;
};

TEST_F(ManifestFilesTest, ReadsDocumentsFilesAndDirectoriesInOrder) {
  Write("b.yaml", Manifest("b1") + "---\n" + Manifest("b2"));
  Write("a.yml", Manifest("a"));
  Write("notes.txt", "not a manifest");
  const std::string last = dir_ + "/last";
  std::ofstream(last) << Manifest("z");
  const auto pipelines = Read({dir_, last}, "default", false);
  ASSERT_TRUE(pipelines.ok()) << pipelines.status();
  EXPECT_THAT(Names(*pipelines), ElementsAre("default/a", "default/b1", "default/b2", "default/z"));
}

TEST_F(ManifestFilesTest, AnErrorNamesFileLineAndColumn) {
  const auto path = Write("p.yaml", Manifest("a") + "---\napiVersion: v1\nkind: Pipelin\n");
  EXPECT_THAT(Message(Read({path}, "default", false).status()),
              StartsWith(path + ":9:1: apiVersion: "));
  const auto typo = Write("q.yaml", Manifest("a", "  labls: {a: b}\n"));
  EXPECT_THAT(Message(Read({typo}, "default", false).status()),
              StartsWith(typo + ":5:3: metadata.labls: "));
  const auto broken = Write("r.yaml", "a: 1\n b: 2\n");
  EXPECT_THAT(Message(Read({broken}, "default", false).status()), StartsWith(broken + ":2:3: "));
}

TEST_F(ManifestFilesTest, WhatIsSaidOfAPipelineLaterHasItsPlaceToo) {
  const auto path = Write("p.yaml", Manifest("a") + "---\n" + Manifest("b"));
  const auto pipelines = Read({path}, "default", false);
  ASSERT_TRUE(pipelines.ok()) << pipelines.status();
  ASSERT_EQ(pipelines->size(), 2);
  const FoundPipeline& last = pipelines->back();
  const auto status =
      AtPlace(last.file, last.document, InvalidField("spec.steps[0].image", "is odd"));
  EXPECT_EQ(Message(status), path + ":14:12: spec.steps[0].image: is odd");
  EXPECT_EQ(Field(status), "spec.steps[0].image");
}

TEST_F(ManifestFilesTest, ANamespaceInTheManifestIsKeptUnlessTheFlagSaysOtherwise) {
  const auto path = Write("p.yaml", Manifest("a", "  namespace: team\n"));
  EXPECT_THAT(Names(*Read({path}, "default", false)), ElementsAre("team/a"));
  EXPECT_THAT(Message(Read({path}, "other", true).status()),
              HasSubstr("--namespace says \"other\""));
}

TEST_F(ManifestFilesTest, NothingToApplyIsAnError) {
  EXPECT_THAT(Message(Read({dir_ + "/none"}, "default", false).status()),
              HasSubstr("No such file"));
  EXPECT_THAT(Message(Read({dir_}, "default", false).status()), HasSubstr("no *.yaml"));
  const auto path = Write("empty.yaml", "---\n");
  EXPECT_THAT(Message(Read({path}, "default", false).status()), HasSubstr("no manifest"));
}

TEST_F(ManifestFilesTest, AnInputIsBounded) {
  const auto path = Write("data", "12345");
  EXPECT_EQ(*ReadInput(path, 5), "12345");
  EXPECT_THAT(Message(ReadInput(path, 4).status()), HasSubstr("more than the 4 bytes"));
}

}  // namespace
}  // namespace eventreactor::cli
