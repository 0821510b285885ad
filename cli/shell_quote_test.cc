#include "cli/shell_quote.h"

#include <gtest/gtest.h>

namespace eventreactor::cli {
namespace {

TEST(ShellQuoteTest, OnlyWhatIsSpecialIsQuoted) {
  EXPECT_EQ(ShellQuote("/srv/er-1_a.b"), "/srv/er-1_a.b");
  EXPECT_EQ(ShellQuote("/my data"), "'/my data'");
  EXPECT_EQ(ShellQuote("a$(rm)b"), "'a$(rm)b'");
  EXPECT_EQ(ShellQuote("it's"), "'it'\\''s'");
  EXPECT_EQ(ShellQuote("~/a"), "'~/a'");
  EXPECT_EQ(ShellQuote(""), "''");
}

TEST(ShellQuoteTest, ALineIsItsWords) {
  EXPECT_EQ(ShellLine({"kubectl", "--context=a b", "get"}), "kubectl '--context=a b' get");
}

}  // namespace
}  // namespace eventreactor::cli
