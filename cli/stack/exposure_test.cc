#include "cli/stack/exposure.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace eventreactor::stack {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

Record OnLoopback() {
  Record record;
  record.base_port = 20000;
  record.bind = record.bind_grpc = kLoopback;
  return record;
}

Record OpenHttp() {
  Record record = OnLoopback();
  record.bind = "0.0.0.0";
  record.http_token_file = "/d/http-token";
  return record;
}

TEST(HttpUrlTest, OnThisMachineIsAlwaysAnAddress) {
  EXPECT_EQ(HttpUrl(OnLoopback()), "http://127.0.0.1:20000");
  EXPECT_EQ(HttpUrl(OpenHttp()), "http://127.0.0.1:20000");
}

TEST(HttpUrlTest, FromElsewhereAWildcardIsTheMachinesName) {
  Record record = OpenHttp();
  EXPECT_EQ(HttpUrlFromElsewhere(record, "lab"), "http://lab:20000");
  record.bind = "::";
  record.tls = true;
  EXPECT_EQ(HttpUrlFromElsewhere(record, "lab"), "https://lab:20000");
}

TEST(HttpUrlTest, FromElsewhereAnAddressIsItself) {
  Record record = OpenHttp();
  record.bind = "2001:db8::7";
  EXPECT_EQ(HttpUrlFromElsewhere(record, "lab"), "http://[2001:db8::7]:20000");
  EXPECT_EQ(HttpUrlFromElsewhere(OnLoopback(), "lab"), "http://127.0.0.1:20000");
}

TEST(ExposureTest, OnLoopbackIsNone) {
  EXPECT_THAT(Exposures(Layout("/d"), OnLoopback()), IsEmpty());
}

TEST(ExposureTest, OfHttpLetsPublishAndNoMore) {
  EXPECT_THAT(Exposures(Layout("/d"), OpenHttp()),
              ElementsAre("HTTP on 0.0.0.0:20000, not encrypted: whoever has the bearer token in "
                          "/d/http-token may publish"));
}

TEST(ExposureTest, OfHttpsIsEncrypted) {
  Record record = OpenHttp();
  record.tls = true;
  EXPECT_THAT(Exposures(Layout("/d"), record),
              ElementsAre("HTTP on 0.0.0.0:20000: whoever has the bearer token in /d/http-token "
                          "may publish"));
}

TEST(ExposureTest, OfGrpcLetsRunContainers) {
  Record record = OnLoopback();
  record.bind_grpc = "10.0.0.7";
  EXPECT_THAT(Exposures(Layout("/d"), record),
              ElementsAre("gRPC on 10.0.0.7:20001 to 20003 and 20009, not encrypted: whoever has "
                          "the bearer token in /d/token may run containers"));
}

TEST(ExposureTest, OfAStackFromBeforeIsByItsOneToken) {
  Record record = OpenHttp();
  record.http_token_file.clear();
  EXPECT_THAT(Exposures(Layout("/d"), record),
              ElementsAre("HTTP on 0.0.0.0:20000, not encrypted: whoever has the bearer token in "
                          "/d/token may publish"));
}

}  // namespace
}  // namespace eventreactor::stack
