#include "libs/bus/server_config.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace eventreactor::bus {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

TEST(NatsServerConfig, HoldsWhatWasAskedFor) {
  NatsServerOptions options;
  options.port = 14384;
  options.http_port = 14385;
  options.store_dir = "/data/nats";
  options.max_file_bytes = 5000;
  options.password = "secret";
  const std::string config = NatsServerConfig(options);
  EXPECT_THAT(config, HasSubstr("host: \"127.0.0.1\"\nport: 14384\n"));
  EXPECT_THAT(config, HasSubstr("http: \"127.0.0.1:14385\"\n"));
  EXPECT_THAT(config, HasSubstr("max_payload: 2097152\n"));
  EXPECT_THAT(config, HasSubstr("store_dir: \"/data/nats\"\n  max_file_store: 5000\n"));
  EXPECT_THAT(config, HasSubstr("{user: \"services\", password: \"secret\"}"));
  EXPECT_THAT(config, HasSubstr("no_auth_user: tap\n"));
}

TEST(NatsServerConfig, NoMonitoringUnlessAskedFor) {
  EXPECT_THAT(NatsServerConfig({}), Not(HasSubstr("http:")));
}

TEST(NatsServerConfig, ValuesCannotLeaveTheirQuotes) {
  NatsServerOptions options;
  options.store_dir = "/a\"b\\c\nport: 1";
  EXPECT_THAT(NatsServerConfig(options), HasSubstr("store_dir: \"/a\\\"b\\\\c\\x0Aport: 1\"\n"));
}

}  // namespace
}  // namespace eventreactor::bus
