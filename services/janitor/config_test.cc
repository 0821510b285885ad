#include "services/janitor/config.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <vector>

#include "libs/status/status.h"

namespace eventreactor::janitor {
namespace {

// Empty where the arguments were taken, else what CLI11 says.
std::string ParseFlags(std::vector<std::string> arguments, Config& config) {
  CLI::App app;
  DeclareConfig(app, config);
  std::reverse(arguments.begin(), arguments.end());
  try {
    app.parse(arguments);
  } catch (const CLI::ParseError& error) {
    return error.what();
  }
  return "";
}

TEST(JanitorConfigTest, TheDefaultsKeepAWeekAndTenThousand) {
  Config config;
  ASSERT_EQ(ParseFlags({"--listen", "127.0.0.1:0", "--adapter", "127.0.0.1:1"}, config), "");
  const auto policy = PolicyOf(config);
  ASSERT_TRUE(policy.ok()) << policy.status();
  EXPECT_EQ(policy->events.period, absl::Hours(168));
  EXPECT_EQ(policy->actions.period, absl::Hours(168));
  EXPECT_EQ(policy->events.count, 10'000);
  EXPECT_EQ(policy->actions.count, 10'000);
  EXPECT_EQ(policy->minimum_age, absl::Minutes(10));
}

TEST(JanitorConfigTest, NothingIsOff) {
  Config config;
  ASSERT_EQ(ParseFlags({"--once", "--adapter", "a:1", "--event-retention-period", "0",
                        "--event-retention-count", "0"},
                       config),
            "");
  const auto policy = PolicyOf(config);
  ASSERT_TRUE(policy.ok()) << policy.status();
  EXPECT_TRUE(policy->events.off());
  EXPECT_FALSE(policy->actions.off());
}

TEST(JanitorConfigTest, WhatCannotBeIsRefusedByTheNameOfItsFlag) {
  const char* const bad[][2] = {{"--event-retention-period", "7 days"},
                                {"--action-retention-period", "-1h"},
                                {"--event-retention-count", "-1"},
                                {"--action-retention-count", "many"},
                                {"--minimum-age", "-1s"},
                                {"--sweep-interval", "10ms"},
                                {"--deletions-per-second", "-1"},
                                {"--call-timeout-ms", "1"}};
  for (const auto& flag : bad) {
    Config config;
    std::string error =
        ParseFlags({"--listen", "127.0.0.1:0", "--adapter", "a:1", flag[0], flag[1]}, config);
    if (error.empty()) error = Message(PolicyOf(config).status());
    EXPECT_NE(error.find(flag[0]), std::string::npos) << flag[0] << ": " << error;
  }
}

TEST(JanitorConfigTest, AServiceListensSomewhereAndAJobNeedNot) {
  Config service;
  ASSERT_EQ(ParseFlags({"--adapter", "a:1"}, service), "");
  EXPECT_EQ(Field(PolicyOf(service).status()), "--listen");
  Config job;
  ASSERT_EQ(ParseFlags({"--adapter", "a:1", "--once", "--dry-run"}, job), "");
  EXPECT_TRUE(PolicyOf(job).ok());
}

TEST(JanitorConfigTest, OnlyAJobCanBeADryRun) {
  Config config;
  ASSERT_EQ(ParseFlags({"--adapter", "a:1", "--listen", "a:2", "--dry-run"}, config), "");
  EXPECT_EQ(Field(PolicyOf(config).status()), "--dry-run");
}

}  // namespace
}  // namespace eventreactor::janitor
