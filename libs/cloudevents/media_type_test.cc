#include "libs/cloudevents/media_type.h"

#include <gtest/gtest.h>

namespace eventreactor::cloudevents {
namespace {

TEST(MediaType, NamesIgnoreCaseAndValuesKeepIt) {
  const auto media = ParseMediaType("Application/CloudEvents+JSON; Charset=UTF-8");
  ASSERT_TRUE(media);
  EXPECT_EQ(media->Essence(), "application/cloudevents+json");
  EXPECT_EQ(media->parameters.at("charset"), "UTF-8");
}

TEST(MediaType, ParametersMayBeQuotedAndEmpty) {
  const auto media = ParseMediaType("text/plain ;a=\"x; \\\"y\";; b=z;");
  ASSERT_TRUE(media);
  EXPECT_EQ(media->parameters.at("a"), "x; \"y");
  EXPECT_EQ(media->parameters.at("b"), "z");
}

TEST(MediaType, RefusesWhatIsNone) {
  for (const char* bad :
       {"", "text", "text/", "/plain", " text/plain", "text/plain ", "text/plain; ",
        "text/plain; a", "text/plain; a=", "text/plain; a=\"x", "text/plain; a=\"x\\",
        "text/plain; a=1; A=2", "text/plain, text/html", "te xt/plain", "text/pl\xC3\xA9in"}) {
    EXPECT_FALSE(ParseMediaType(bad)) << bad;
  }
}

TEST(MediaType, JsonIsBySubtypeOrSuffix) {
  EXPECT_TRUE(DeclaresJson("application/json"));
  EXPECT_TRUE(DeclaresJson("text/JSON; charset=utf-8"));
  EXPECT_TRUE(DeclaresJson("application/vnd.example+json"));
  EXPECT_TRUE(DeclaresJson("")) << "absent means JSON in the JSON event format";
  EXPECT_FALSE(DeclaresJson("application/jsonp"));
  EXPECT_FALSE(DeclaresJson("text/plain"));
  EXPECT_FALSE(DeclaresJson("json"));
}

}  // namespace
}  // namespace eventreactor::cloudevents
