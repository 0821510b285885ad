#include "services/dispatcher/config.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <vector>

#include "libs/status/status.h"

namespace eventreactor::dispatcher {
namespace {

// Empty where the arguments were taken, else what CLI11 says.
std::string Parse(std::vector<std::string> arguments, Config& config) {
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

TEST(ConfigTest, TheDefaultsAreUsable) {
  Config config;
  ASSERT_EQ(Parse({"--listen", "127.0.0.1:0", "--adapter", "127.0.0.1:1"}, config), "");
  EXPECT_TRUE(ValidateConfig(config).ok()) << ValidateConfig(config);
  EXPECT_EQ(config.adapter, "127.0.0.1:1");
  EXPECT_EQ(config.event_workers, 8);
}

TEST(ConfigTest, WhatCannotWorkIsRefusedByTheNameOfItsFlag) {
  const char* const bad[][2] = {{"--event-workers", "0"},
                                {"--action-workers", "65"},
                                {"--batch", "1000"},
                                {"--barrier-interval-ms", "-1"},
                                {"--call-timeout-ms", "ten"}};
  for (const auto& flag : bad) {
    Config config;
    const std::string error =
        Parse({"--listen", "127.0.0.1:0", "--adapter", "a:1", flag[0], flag[1]}, config);
    EXPECT_NE(error.find(flag[0]), std::string::npos) << flag[0] << ": " << error;
  }
  Config config;
  EXPECT_NE(Parse({"--listen", "127.0.0.1:0"}, config).find("--adapter"), std::string::npos);
}

TEST(ConfigTest, AServiceListensSomewhere) {
  Config config;
  ASSERT_EQ(Parse({"--adapter", "a:1"}, config), "");
  EXPECT_EQ(Field(ValidateConfig(config)), "--listen");
}

TEST(DispatcherConfigTest, AnEmptyAdapterIsNotWaitedForForEver) {
  Config config;
  config.common.listen = "127.0.0.1:0";
  config.adapter = "";
  EXPECT_NE(Message(ValidateConfig(config)).find("--adapter: is empty"), std::string::npos);
}

}  // namespace
}  // namespace eventreactor::dispatcher
