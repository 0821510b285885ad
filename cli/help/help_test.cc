#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <memory>

#include "absl/strings/str_split.h"
#include "cli/command_line.h"
#include "cli/help/manual.h"
#include "cli/help/topics.h"

namespace eventreactor::cli {
namespace {

using testing::HasSubstr;

class ManualTest : public testing::Test {
 protected:
  Session session_;
  const std::unique_ptr<CLI::App> app_ = MakeCommandLine(session_);
  const std::map<std::string, std::string> pages_ = ManualPages(*app_, "1.2.3");
};

TEST_F(ManualTest, EveryCommandHasAPageWithItsFlagsAndExamples) {
  ASSERT_EQ(pages_.count("reactorctl-events-list.1"), 1);
  const std::string& page = pages_.at("reactorctl-events-list.1");
  EXPECT_THAT(page, HasSubstr(".TH \"REACTORCTL\\-EVENTS\\-LIST\" 1"));
  EXPECT_THAT(page, HasSubstr("\\fB\\-t, \\-\\-type\\fR"));
  EXPECT_THAT(page, HasSubstr("$ reactorctl events list \\-t com.example.push"));
  EXPECT_EQ(pages_.count("reactorctl-up.1"), 1);
}

TEST_F(ManualTest, TheFirstPageHasTheTopicsAndNamesTheOthers) {
  const std::string& page = pages_.at("reactorctl.1");
  EXPECT_THAT(page, HasSubstr(".SH EXIT CODES"));
  EXPECT_THAT(page, HasSubstr(".SH ENVIRONMENT"));
  EXPECT_THAT(page, HasSubstr(".BR reactorctl\\-events (1),"));
}

TEST_F(ManualTest, WhatIsHiddenHasNoPlace) {
  EXPECT_THAT(pages_.at("reactorctl-up.1"), testing::Not(HasSubstr("supervise")));
}

TEST_F(ManualTest, NoLineIsTakenForARequest) {
  for (const auto& [name, page] : pages_) {
    for (const auto line : absl::StrSplit(page, '\n')) {
      const std::string text(line);
      if (text.empty() || (text.front() != '.' && text.front() != '\'')) continue;
      EXPECT_THAT(text, testing::ContainsRegex("^\\.(TH|SH|TP|B|I|BR|nf|fi)( |$)")) << name;
    }
  }
}

TEST(TopicsTest, ThereIsOneTableOfExitCodes) {
  EXPECT_EQ(Topics().front().name, "exit-codes");
  EXPECT_THAT(GlobalFooter(), HasSubstr(Topics().front().text));
}

}  // namespace
}  // namespace eventreactor::cli
