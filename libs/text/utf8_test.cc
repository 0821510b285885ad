#include "libs/text/utf8.h"

#include <gtest/gtest.h>

namespace eventreactor {
namespace {

TEST(Utf8Test, TakesOneCodePointOfEachLength) {
  std::string_view text = "a\u00e9\u20ac\U0001F600";
  EXPECT_EQ(TakeCodePoint(text), U'a');
  EXPECT_EQ(TakeCodePoint(text), U'\u00e9');
  EXPECT_EQ(TakeCodePoint(text), U'\u20ac');
  EXPECT_EQ(TakeCodePoint(text), U'\U0001F600');
  EXPECT_TRUE(text.empty());
}

TEST(Utf8Test, FindsTheFirstByteThatIsNoUtf8) {
  EXPECT_EQ(FindInvalidUtf8("gr\u00fcn"), std::string_view::npos);
  EXPECT_EQ(FindInvalidUtf8("ab\xff"), 2U);
  EXPECT_EQ(FindInvalidUtf8("\x80"), 0U) << "a continuation byte alone";
  EXPECT_EQ(FindInvalidUtf8("\xc0\xaf"), 0U) << "an overlong slash";
  EXPECT_EQ(FindInvalidUtf8("\xe0\x80\xaf"), 0U) << "an overlong slash in three bytes";
  EXPECT_EQ(FindInvalidUtf8("\xed\xa0\x80"), 0U) << "a surrogate";
  EXPECT_EQ(FindInvalidUtf8("\xf4\x90\x80\x80"), 0U) << "above U+10FFFF";
  EXPECT_EQ(FindInvalidUtf8("a\xe2\x82"), 1U) << "cut in the middle";
}

TEST(Utf8Test, InvalidBytesBecomeQuestionMarks) {
  EXPECT_EQ(ValidUtf8("a\xff\u00e9\xc3", 100), "a?\u00e9?");
}

TEST(Utf8Test, CutsBetweenCharactersAndSaysSo) {
  EXPECT_EQ(ValidUtf8("abcdef", 6), "abcdef");
  EXPECT_EQ(ValidUtf8("abcdefg", 6), "abc...");
  EXPECT_EQ(ValidUtf8("ab\u20acdef", 6), "ab...") << "the euro sign has no room beside the dots";
  EXPECT_EQ(ValidUtf8("abcdef", 2), "") << "no room even for the dots";
}

}  // namespace
}  // namespace eventreactor
