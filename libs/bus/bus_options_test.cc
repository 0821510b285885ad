#include "libs/bus/bus_options.h"

#include <gtest/gtest.h>

#include <cstdio>
#include <fstream>

#include "libs/bus/password.h"
#include "libs/status/status.h"

namespace eventreactor::bus {
namespace {

class BusOptionsTest : public ::testing::Test {
 protected:
  BusOptionsTest() {
    options_.user = "services";
    options_.password_file = path_;
    Write("secret\nrest\n");
  }
  ~BusOptionsTest() override { std::remove(path_.c_str()); }
  void Write(const std::string& text) { std::ofstream(path_) << text; }

  const std::string path_ = ::testing::TempDir() + "/bus_options_password";
  ConnectOptions options_;
};

TEST_F(BusOptionsTest, FlagsFillTheOptions) {
  CLI::App app;
  ConnectOptions options;
  DeclareBusOptions(app, options);
  app.parse("--nats-url nats://h:1 --nats-user u --nats-password-file /f");
  EXPECT_EQ(options.url, "nats://h:1");
  EXPECT_EQ(options.user, "u");
  EXPECT_EQ(options.password_file, "/f");
}

TEST_F(BusOptionsTest, ThePasswordIsTheFirstLine) {
  EXPECT_TRUE(ValidateBusOptions(options_).ok());
  EXPECT_EQ(*ReadPassword(path_), "secret");
  Write("dos\r\n");
  EXPECT_EQ(*ReadPassword(path_), "dos");
  EXPECT_EQ(*ReadPassword(""), "");
}

TEST_F(BusOptionsTest, AMissingPasswordIsSaid) {
  options_.password_file = path_ + ".missing";
  const absl::Status status = ValidateBusOptions(options_);
  EXPECT_EQ(Field(status), "nats-password-file");
  Write("");
  options_.password_file = path_;
  EXPECT_FALSE(ValidateBusOptions(options_).ok());
}

TEST_F(BusOptionsTest, CredentialsThatCannotBeSentAreRefused) {
  Write("quo\"ted\n");
  EXPECT_EQ(Field(ValidateBusOptions(options_)), "nats-password-file");
  Write("secret\n");
  options_.user = "back\\slash";
  EXPECT_EQ(Field(ValidateBusOptions(options_)), "nats-user");
}

TEST_F(BusOptionsTest, APasswordNeedsAUser) {
  options_.user = "";
  EXPECT_EQ(Field(ValidateBusOptions(options_)), "nats-password-file");
}

TEST_F(BusOptionsTest, UrlsAreChecked) {
  for (const char* good : {"nats://127.0.0.1:4222", "tls://a,nats://b:1"}) {
    options_.url = good;
    EXPECT_TRUE(ValidateBusOptions(options_).ok()) << good;
  }
  for (const char* bad : {"", "localhost:4222", "http://a", "nats://", "nats://a, nats://b",
                          "nats://a,", "nats://a/b"}) {
    options_.url = bad;
    EXPECT_EQ(Field(ValidateBusOptions(options_)), "nats-url") << bad;
  }
}

}  // namespace
}  // namespace eventreactor::bus
