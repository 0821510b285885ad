#include "libs/cloudevents/text.h"

#include <gtest/gtest.h>

namespace eventreactor::cloudevents {
namespace {

TEST(Quoted, EscapesWhatWouldSpoilALog) {
  EXPECT_EQ(Quoted("a b\xC3\xA9"), "\"a b\xC3\xA9\"");
  EXPECT_EQ(Quoted("a\n\x7F\xFF"), "\"a\\x0A\\x7F\\xFF\"");
  EXPECT_EQ(Quoted("\xC2\x85"), "\"\\xC2\\x85\"") << "C1 control";
}

TEST(Quoted, CutsLongValuesBetweenCodePoints) {
  EXPECT_EQ(Quoted(std::string(64, 'a')), '"' + std::string(64, 'a') + '"');
  EXPECT_EQ(Quoted(std::string(63, 'a') + "\xC3\xA9"),
            '"' + std::string(63, 'a') + "\"... (65 bytes)");
}

TEST(PercentEncoding, EncodesWhatTheBindingNames) {
  EXPECT_EQ(PercentEncode("a b\"%\xC3\xA9\n~!"), "a%20b%22%25%C3%A9%0A~!");
}

TEST(PercentEncoding, RoundTripsEveryByte) {
  std::string all;
  for (int i = 0; i < 256; ++i) all += static_cast<char>(i);
  EXPECT_EQ(PercentDecode(PercentEncode(all)), all);
}

TEST(PercentEncoding, DecodesOnceAndInEitherCase) {
  EXPECT_EQ(PercentDecode("%2520"), "%20");
  EXPECT_EQ(PercentDecode("%c3%A9"), "\xC3\xA9");
}

TEST(PercentEncoding, RefusesAPercentWithoutTwoDigits) {
  EXPECT_EQ(PercentDecode("50% off"), std::nullopt);
  EXPECT_EQ(PercentDecode("%4"), std::nullopt);
  EXPECT_EQ(PercentDecode("%"), std::nullopt);
  EXPECT_EQ(PercentDecode("%g0"), std::nullopt);
}

}  // namespace
}  // namespace eventreactor::cloudevents
