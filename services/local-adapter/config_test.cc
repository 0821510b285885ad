#include "services/local-adapter/config.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "libs/status/status.h"

namespace eventreactor::local {
namespace {

Config Valid() {
  Config config;
  config.adapter.common.listen = "127.0.0.1:0";
  config.database = "/tmp/er.db";
  config.engine = "unix:///run/podman/podman.sock";
  config.stack_id = "er-1";
  return config;
}

// Parses a command line; the error's name, or "".
std::string Parse(const std::vector<std::string>& flags, Config& config) {
  CLI::App app;
  DeclareConfig(app, config);
  // CLI11 takes a vector from its end.
  std::vector<std::string> reversed(flags.rbegin(), flags.rend());
  try {
    app.parse(reversed);
  } catch (const CLI::ParseError& error) {
    return error.get_name();
  }
  return "";
}

TEST(Config, SaysHowLongLogsAreKept) {
  Config config = Valid();
  EXPECT_EQ(config.adapter.Streams().log_max_age, absl::Hours(168));
  EXPECT_EQ(config.adapter.Streams().log_max_bytes, int64_t{512} << 20);
  config.adapter.log_retention_period = "0";
  config.adapter.log_retention_mib = 3;
  EXPECT_TRUE(ValidateConfig(config).ok()) << "for ever";
  EXPECT_EQ(config.adapter.Streams().log_max_age, absl::ZeroDuration());
  EXPECT_EQ(config.adapter.Streams().log_max_bytes, 3 << 20);
  for (const char* bad : {"a week", "10ms", "-1h", "100000h"}) {
    config.adapter.log_retention_period = bad;
    EXPECT_EQ(Field(ValidateConfig(config)), "--log-retention-period") << bad;
  }
}

TEST(Config, ReadsItsFlags) {
  Config config;
  ASSERT_EQ(Parse({"--listen", "127.0.0.1:1", "--database", "/d/er.db", "--engine", "unix:///e",
                   "--stack-id", "s", "--max-running", "0", "--log-tail-bytes", "100"},
                  config),
            "");
  EXPECT_EQ(config.database, "/d/er.db");
  EXPECT_EQ(config.max_running, 0);
  EXPECT_EQ(config.adapter.log_tail_bytes, 100);
  EXPECT_TRUE(ValidateConfig(config).ok()) << ValidateConfig(config);
}

TEST(Config, AsksForWhatItNeeds) {
  Config config;
  EXPECT_EQ(Parse({"--engine", "unix:///e", "--stack-id", "s"}, config), "RequiredError");
  EXPECT_EQ(
      Parse({"--database", "/d", "--engine", "unix:///e", "--stack-id", "s", "--max-running", "-2"},
            config),
      "ValidationError");
}

TEST(ValidateConfig, NamesTheFlag) {
  EXPECT_TRUE(ValidateConfig(Valid()).ok());
  Config config = Valid();
  config.adapter.common.listen = "";
  EXPECT_EQ(Field(ValidateConfig(config)), "--listen");
  for (const char* engine : {"", "/run/podman.sock", "unix://relative", "tcp://127.0.0.1:2375"}) {
    config = Valid();
    config.engine = engine;
    EXPECT_EQ(Field(ValidateConfig(config)), "--engine") << engine;
  }
  for (const std::string& id : {std::string(), std::string("A"), std::string(41, 'a')}) {
    config = Valid();
    config.stack_id = id;
    EXPECT_EQ(Field(ValidateConfig(config)), "--stack-id") << id;
  }
}

TEST(MaxRunning, IsOneForEachCpuUnlessItIsSaid) {
  Config config = Valid();
  EXPECT_GE(MaxRunning(config), 1);
  config.max_running = 0;
  EXPECT_EQ(MaxRunning(config), 0);
  config.max_running = 7;
  EXPECT_EQ(MaxRunning(config), 7);
}

}  // namespace
}  // namespace eventreactor::local
