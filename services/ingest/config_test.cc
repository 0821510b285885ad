#include "services/ingest/config.h"

#include <gtest/gtest.h>

#include "libs/status/status.h"
#include "services/ingest/host_port.h"

namespace eventreactor::ingest {
namespace {

std::string Blamed(const Config& config) { return Field(ValidateConfig(config)); }

TEST(Config, TheDefaultsAreGood) { EXPECT_TRUE(ValidateConfig(Config()).ok()); }

TEST(Config, NamesTheFlagAtFault) {
  Config config;
  config.http_listen = "nowhere";
  EXPECT_EQ(Blamed(config), "--http-listen");
  config = Config();
  config.default_namespace = "Not A Label";
  EXPECT_EQ(Blamed(config), "--default-namespace");
  config = Config();
  config.max_buffered_bytes = config.max_data_bytes;
  EXPECT_EQ(Blamed(config), "--max-buffered-bytes");
  config = Config();
  config.common.listen.clear();
  EXPECT_EQ(Blamed(config), "--listen");
  config = Config();
  config.http_tls_key_file = "/key.pem";
  EXPECT_EQ(Blamed(config), "--http-tls-cert-file");
  config = Config();
  config.http_tls_cert_file = "/cert.pem";
  EXPECT_EQ(Blamed(config), "--http-tls-key-file");
  config = Config();
  config.bus.url = "";
  EXPECT_FALSE(ValidateConfig(config).ok());
}

TEST(Config, FlagsReachTheirFields) {
  Config config;
  CLI::App app;
  DeclareOptions(app, config);
  app.parse(
      "--http-listen :8080 --max-data-bytes 10 --default-namespace prod --publish-seconds 2 "
      "--client-events-per-second 2.5 --namespace-bytes-per-second 1000000");
  EXPECT_EQ(config.quotas.client.events, 2.5);
  EXPECT_EQ(config.quotas.client.bytes, 0);
  EXPECT_EQ(config.quotas.ns.bytes, 1e6);
  EXPECT_EQ(config.http_listen, ":8080");
  EXPECT_EQ(config.max_data_bytes, 10U);
  EXPECT_EQ(config.default_namespace, "prod");
  EXPECT_EQ(config.publish_seconds, 2);
}

TEST(Config, DataThatNoMessageHoldsIsRefused) {
  Config config;
  CLI::App app;
  DeclareOptions(app, config);
  EXPECT_THROW(app.parse("--max-data-bytes 2097152"), CLI::ValidationError);
}

TEST(HostPort, TakesNamesAddressesAndNone) {
  EXPECT_EQ(ParseHostPort("127.0.0.1:14380")->host, "127.0.0.1");
  EXPECT_EQ(ParseHostPort("127.0.0.1:14380")->port, 14380);
  EXPECT_EQ(ParseHostPort("[::1]:65535")->host, "::1");
  EXPECT_EQ(ParseHostPort("localhost:0")->host, "localhost");
  EXPECT_EQ(ParseHostPort(":80")->host, "");
}

TEST(HostPort, RefusesTheRest) {
  for (const char* bad : {"", "80", "host", "host:", "host:65536", "host:-1", "host:+1", "host: 1",
                          "::1:80", "[::1]", "host:80x", "[]:80"}) {
    EXPECT_FALSE(ParseHostPort(bad).ok()) << bad;
  }
}

}  // namespace
}  // namespace eventreactor::ingest
