#include "cli/output.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "absl/time/clock.h"
#include "cli/commands/resources.h"

namespace eventreactor::cli {
namespace {

using testing::HasSubstr;
using testing::Not;

TEST(TableTest, AlignsColumnsUnderTheirHeaders) {
  Table table({"NAME", "AGE"});
  table.Add({"a", "1s"});
  table.Add({"longer", "2m"});
  EXPECT_EQ(table.Aligned(),
            "NAME     AGE\n"
            "a        1s\n"
            "longer   2m\n");
}

TEST(TableTest, CountsCharactersNotBytes) {
  Table table({"NAME", "AGE"});
  table.Add({"é", "1s"});
  table.Add({"ab", "2m"});
  EXPECT_EQ(table.Aligned(),
            "NAME   AGE\n"
            "é      1s\n"
            "ab     2m\n");
}

TEST(TableTest, ProgramsGetTabsAndNoHeaders) {
  Table table({"NAME", "AGE"});
  table.Add({"a", "1s"});
  table.Add({"b", ""});
  EXPECT_EQ(table.TabSeparated(), "a\t1s\nb\t\n");
}

TEST(TableTest, ATabInAValueDoesNotMakeAColumn) {
  Table table({"NAME"});
  table.Add({"a\tb\nc"});
  EXPECT_EQ(table.TabSeparated(),
            "a\xEF\xBF\xBD"
            "b\xEF\xBF\xBD"
            "c\n");
}

TEST(PrintableTest, TakesAwayEscapeSequencesAndBrokenUtf8) {
  EXPECT_THAT(Printable("\033[2J"), Not(HasSubstr("\033")));
  EXPECT_THAT(Printable("\xC2\x9B"
                        "2J"),
              Not(HasSubstr("\xC2\x9B")));
  EXPECT_EQ(Printable("\xFFz"), "\xEF\xBF\xBDz");
  EXPECT_EQ(Printable("grüße"), "grüße");
}

TEST(FieldsTest, AlignValuesAndLeaveEmptyOnesOut) {
  Fields fields;
  fields.Add("Name", "a");
  fields.Add("Subject", "");
  fields.Add("Namespace", "default");
  EXPECT_EQ(fields.Text(), "Name:        a\nNamespace:   default\n");
}

TEST(RenderTest, AListIsKubectls) {
  const std::string text = Render(ListOf({{{"kind", "Event"}}}), Format::kJson);
  const auto json = nlohmann::json::parse(text);
  EXPECT_EQ(json.at("kind"), "List");
  EXPECT_EQ(json.at("apiVersion"), "v1");
  EXPECT_EQ(json.at("items").at(0).at("kind"), "Event");
  EXPECT_TRUE(text.ends_with("}\n"));
}

TEST(RenderTest, AnEmptyListHasAnEmptyArray) {
  EXPECT_THAT(Render(ListOf({}), Format::kJson), HasSubstr("\"items\": []"));
}

TEST(RenderTest, YamlEndsWithOneLineEnd) { EXPECT_EQ(Render({{"a", 1}}, Format::kYaml), "a: 1\n"); }

TEST(AgeTest, GrowsCoarserAsKubectlsDoes) {
  EXPECT_EQ(ShortDuration(absl::Seconds(-3)), "0s");
  EXPECT_EQ(ShortDuration(absl::Seconds(119)), "119s");
  EXPECT_EQ(ShortDuration(absl::Minutes(2)), "2m");
  EXPECT_EQ(ShortDuration(absl::Hours(2)), "2h");
  EXPECT_EQ(ShortDuration(absl::Hours(48)), "2d");
}

TEST(AgeTest, OfNothingIsEmpty) { EXPECT_EQ(Age({}, false, absl::Now()), ""); }

TEST(NoneTextTest, SaysWhetherThereAreNoneOrNoneLikeThat) {
  EXPECT_EQ(NoneText("Events", "team", false, false), "no Events in namespace team");
  EXPECT_EQ(NoneText("Events", "team", false, true), "no Events like that in namespace team");
  EXPECT_EQ(NoneText("Events", "team", true, false), "no Events");
  EXPECT_EQ(NoneText("Events", "team", true, true), "no Events like that");
}

}  // namespace
}  // namespace eventreactor::cli
